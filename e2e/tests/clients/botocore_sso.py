"""Says to IAM Identity Center what botocore says, for the arguments that are given.

Usage: botocore_sso.py URL REGION START_URL
"""

import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config

url, region, start_url = sys.argv[1:]
config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})


def client(service):
    return boto3.client(service, endpoint_url=url, region_name=region, config=config)


oidc, portal = client("sso-oidc"), client("sso")
registered = oidc.register_client(clientName="kagiban", clientType="public", scopes=["sso:account:access"])
known = {"clientId": registered["clientId"], "clientSecret": registered["clientSecret"]}
device = oidc.start_device_authorization(**known, startUrl=start_url)
while True:
    try:
        token = oidc.create_token(
            **known,
            grantType="urn:ietf:params:oauth:grant-type:device_code",
            deviceCode=device["deviceCode"],
        )
        break
    except oidc.exceptions.AuthorizationPendingException:
        pass
portal.get_role_credentials(roleName="Reader", accountId="111122223333", accessToken=token["accessToken"])
token = oidc.create_token(**known, grantType="refresh_token", refreshToken=token["refreshToken"])
portal.get_role_credentials(roleName="Reader", accountId="111122223333", accessToken=token["accessToken"])
portal.logout(accessToken=token["accessToken"])
