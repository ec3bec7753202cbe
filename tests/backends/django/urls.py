# What the test adds to the views of docs/backends.md: one for signed-in users, and the files of the page.
import os

from django.views.static import serve
from rest_framework.decorators import api_view
from rest_framework.response import Response


@api_view(['GET'])
def me(request):
    return Response({'username': request.user.username})


page = {'document_root': os.environ['PAGE']}

urlpatterns += [
    path('api/me/', me),
    path('', serve, {**page, 'path': 'index.html'}),
    path('<path:path>', serve, page),
]
