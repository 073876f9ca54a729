#!/bin/sh
# Container entry point: reads the database's credentials from the Parameter
# Store, exports them, and becomes the program given as its arguments.
#
#   ENTRYPOINT ["/entrypoint.sh"]
#   CMD ["/app/server"]
#
# PARAMETER_STORE_PREFIX=goecssample reads /goecssample/database/sample/master/*
# into DB_USER, DB_PASSWORD, DB_HOST, DB_NAME and DB_PORT. Needs the AWS CLI and
# credentials, best a role's, that allow ssm:GetParametersByPath on the path,
# ssm:GetParameter below it, and kms:Decrypt on the key if that is not the
# default one. Whatever is missing ends the container before the program starts.
set -eu

if [ $# -eq 0 ]; then
    echo "entrypoint.sh: no command was given; name one with CMD, or after the image's name" >&2
    exit 64 # EX_USAGE
fi

path="/${PARAMETER_STORE_PREFIX:?must be set, such as goecssample}/database/sample/master"
tab=$(printf '\t')

# One call for everything, a line per parameter: its name, a tab, its value in a
# JSON list, so that no value, whatever is in it, can look like another line.
parameters=$(
    aws ssm get-parameters-by-path --path "$path" --recursive --with-decryption \
        --query 'Parameters[].[Name, to_string([Value])]' --output text
)

while IFS=$tab read -r name json; do
    case $json in
    *\\*) # A quote, a line feed or the like is escaped in JSON; ask for this one as it is.
        value=$(aws ssm get-parameter --name "$name" --with-decryption --query Parameter.Value --output text)
        ;;
    *)
        value=${json#'["'}
        value=${value%'"]'}
        ;;
    esac
    case $name in
    "$path/user") export DB_USER="$value" ;;
    "$path/password") export DB_PASSWORD="$value" ;;
    "$path/host") export DB_HOST="$value" ;;
    "$path/name") export DB_NAME="$value" ;;
    "$path/port") export DB_PORT="$value" ;;
    esac
done <<PARAMETERS
$parameters
PARAMETERS

: "${DB_USER:?is not in the Parameter Store}" "${DB_PASSWORD:?is not in the Parameter Store}"
: "${DB_HOST:?is not in the Parameter Store}" "${DB_NAME:?is not in the Parameter Store}"
: "${DB_PORT:?is not in the Parameter Store}"

exec "$@"
