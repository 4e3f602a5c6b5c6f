"""Oracle Cloud's settings beside what Oracle's SDK reads itself: which file, section and namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safelight.config.media_cache import MediaCacheConfig
from safelight.config.parameters import path, values_of, variable
from safelight.storage.oci.options import OCIAccount, OCIOptions


@dataclass(frozen=True, slots=True)
class OCIEnvironment:
    """The variables; the first two are those of Oracle's command line."""

    oci_cli_config_file: str | None = variable("OCI_CLI_CONFIG_FILE", "OCI configuration file", read=path)
    oci_cli_profile: str | None = variable("OCI_CLI_PROFILE", "section in the OCI configuration file")
    oci_namespace: str | None = variable("OCI_NAMESPACE", "Object Storage namespace of the tenancy")
    oci_resource_principal_version: str | None = variable(
        "OCI_RESOURCE_PRINCIPAL_VERSION", "set by Oracle Cloud where code runs as a resource principal"
    )


def oci_options(config: MediaCacheConfig, environ: Mapping[str, str]) -> OCIOptions:
    """The options of Oracle Cloud: the variables before the media cache config, each by itself."""
    found = values_of(OCIEnvironment, environ)
    names = {
        "OCI_CLI_CONFIG_FILE": found.oci_cli_config_file,
        "OCI_CLI_PROFILE": found.oci_cli_profile,
        "oci_config_file of the media cache config": config.oci_config_file,
        "oci_profile of the media cache config": config.oci_profile,
    }
    chosen = [name for name, value in names.items() if value]
    return OCIOptions(
        account=OCIAccount(
            config_file=found.oci_cli_config_file or config.oci_config_file,
            profile=found.oci_cli_profile or config.oci_profile,
            source="named by " + " and ".join(chosen) if chosen else "found by Oracle's SDK",
        ),
        namespace=found.oci_namespace,
        resource_principal=found.oci_resource_principal_version is not None,
        client_kwargs=config.extra_client_kwargs.get("oci", {}),
    )
