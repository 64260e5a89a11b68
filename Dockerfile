# The operator's image. The first stage makes two trees: the pinned dependencies, which change rarely and cache
# well, and the project itself. The second stage takes the trees; no installer and no source of the build is in it.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock /src/
# The environment has no pip of its own: the one beside it installs into it.
RUN python3 -m venv /opt/build \
 && echo "setuptools==80.9.0 --hash=sha256:062d34222ad13e0cc312a4c02d73f059e86a4acbfbdea8f8f76b28c99f306922" > /src/backend.lock \
 && /opt/build/bin/pip install --quiet --require-hashes --requirement /src/backend.lock \
 && python3 -m venv --without-pip /opt/addon-updater \
 && /opt/build/bin/pip --python /opt/addon-updater/bin/python install --quiet --no-compile --require-hashes --requirement /src/requirements.lock \
 && /opt/addon-updater/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/addon-updater/lib
COPY pyproject.toml /src/
COPY operator /src/operator
RUN /opt/build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /src/wheels /src \
 && /opt/build/bin/pip --python /opt/addon-updater/bin/python install --quiet --no-compile --no-deps --root /project /src/wheels/*.whl \
 && /opt/addon-updater/bin/python -m compileall -q --invalidation-mode unchecked-hash /project/opt/addon-updater/lib

FROM ${PYTHON_IMAGE}
# Nothing is written at run time, so the root file system can be read-only.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Libraries ask for the name of the user they run as.
RUN echo "addon-updater:x:65532:" >> /etc/group \
 && echo "addon-updater:x:65532:65532::/nonexistent:/usr/sbin/nologin" >> /etc/passwd
COPY --from=build /opt/addon-updater /opt/addon-updater
COPY --from=build /project/opt/addon-updater /opt/addon-updater
USER 65532:65532
ENTRYPOINT ["/opt/addon-updater/bin/addon-updater"]
