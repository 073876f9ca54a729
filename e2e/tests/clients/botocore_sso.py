"""Says to IAM Identity Center what botocore says, for the arguments that are given.

Usage: botocore_sso.py URL REGION START_URL [REDIRECT_URI VERIFIER]

With a redirect URI it is what AWS's CLI says once a browser has come back there with the code `code-1`, and that
the verifier is the one of the challenge CHALLENGE in the environment.
"""

import base64
import hashlib
import os
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config

url, region, start_url = sys.argv[1:4]
config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})


def client(service):
    return boto3.client(service, endpoint_url=url, region_name=region, config=config)


def challenge(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


oidc, portal = client("sso-oidc"), client("sso")
about = {"clientName": "kagiban", "clientType": "public", "scopes": ["sso:account:access"]}


def by_code(redirect_uri, verifier):
    assert challenge(verifier) == os.environ["CHALLENGE"]
    registered = oidc.register_client(
        **about,
        grantTypes=["authorization_code", "refresh_token"],
        redirectUris=["http://127.0.0.1/oauth/callback"],
        issuerUrl=start_url,
    )
    known = {"clientId": registered["clientId"], "clientSecret": registered["clientSecret"]}
    grant = {"code": "code-1", "codeVerifier": verifier, "redirectUri": redirect_uri}
    return known, oidc.create_token(**known, grantType="authorization_code", **grant)


def by_device():
    registered = oidc.register_client(**about)
    known = {"clientId": registered["clientId"], "clientSecret": registered["clientSecret"]}
    device = oidc.start_device_authorization(**known, startUrl=start_url)
    grant = {"grantType": "urn:ietf:params:oauth:grant-type:device_code", "deviceCode": device["deviceCode"]}
    while True:
        try:
            return known, oidc.create_token(**known, **grant)
        except oidc.exceptions.AuthorizationPendingException:
            pass


known, token = by_code(*sys.argv[4:]) if sys.argv[4:] else by_device()
portal.get_role_credentials(roleName="Reader", accountId="111122223333", accessToken=token["accessToken"])
token = oidc.create_token(**known, grantType="refresh_token", refreshToken=token["refreshToken"])
portal.get_role_credentials(roleName="Reader", accountId="111122223333", accessToken=token["accessToken"])
portal.logout(accessToken=token["accessToken"])
