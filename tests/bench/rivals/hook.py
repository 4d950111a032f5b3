#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The same as group.bash, as one writes it in Python: a parser for the XML, os and open() for sysfs.

import os
import sys
import xml.etree.ElementTree as ElementTree

IDS = ("0x1234", "0x11e8")
PCI = "/sys/bus/pci"
NOTES = "/run/group-hook.py"


def read(path):
    with open(path) as file:
        return file.read().strip()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def driver_of(address):
    try:
        return os.path.basename(os.readlink(f"{PCI}/devices/{address}/driver"))
    except FileNotFoundError:
        return ""


def choose(domain):
    for address in sorted(os.listdir(f"{PCI}/devices")):
        device = f"{PCI}/devices/{address}"
        if (read(f"{device}/vendor"), read(f"{device}/device")) == IDS and driver_of(address) != "vfio-pci":
            return address
    sys.exit(f"no free device for {domain}")


def prepare(domain):
    group = os.path.realpath(f"{PCI}/devices/{choose(domain)}/iommu_group")
    os.makedirs(NOTES, exist_ok=True)
    with open(f"{NOTES}/{domain}", "w") as notes:
        for address in os.listdir(f"{group}/devices"):
            if read(f"{PCI}/devices/{address}/class").startswith("0x0604"):
                continue
            driver = driver_of(address)
            notes.write(f"{address} {driver}\n")
            write(f"{PCI}/devices/{address}/driver_override", "vfio-pci")
            if driver:
                write(f"{PCI}/devices/{address}/driver/unbind", address)
            write(f"{PCI}/drivers_probe", address)
            if driver_of(address) != "vfio-pci":
                sys.exit(f"{address} was not bound")


def release(domain):
    for line in read(f"{NOTES}/{domain}").splitlines():
        address, _, driver = line.partition(" ")
        write(f"{PCI}/devices/{address}/driver/unbind", address)
        write(f"{PCI}/devices/{address}/driver_override", "\n")
        if driver:
            write(f"{PCI}/drivers_probe", address)
    os.unlink(f"{NOTES}/{domain}")


domain, operation = sys.argv[1:3]
tree = ElementTree.parse(sys.stdin)
wanted = [s for s in tree.iterfind("devices/input/source") if s.get("evdev", "").startswith("/dev/pcitag/")]
if wanted and operation == "prepare":
    prepare(domain)
elif wanted and operation == "release":
    release(domain)
