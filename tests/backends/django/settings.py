# What the test adds to the settings of a new project and to those of docs/backends.md.
import os

# The tests are not about passwords: the cheapest hash does.
PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']

if 'ACCESS_TOKEN_SECONDS' in os.environ:
    SIMPLE_JWT['ACCESS_TOKEN_LIFETIME'] = timedelta(seconds=int(os.environ['ACCESS_TOKEN_SECONDS']))
