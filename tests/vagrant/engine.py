"""The Docker engine that DOCKER_HOST names."""

import subprocess


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def left_of(name: str) -> list[str]:
    """Containers whose names begin so, and networks that Vagrant made."""
    containers = docker("ps", "--all", "--format={{.Names}}", f"--filter=name=^/?{name}").split()
    return (
        containers
        + docker("network", "ls", "--format={{.Name}}", "--filter=name=vagrant_network").split()
    )
