#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The shortest hook in bash that one finds in wikis: a fixed address, no check, and no way back after a failure.
device=/sys/bus/pci/devices/0000:01:00.0 driver=
[ "$2" = prepare ] && driver=vfio-pci
echo $driver >$device/driver_override
[ -e $device/driver ] && echo 0000:01:00.0 >$device/driver/unbind
echo 0000:01:00.0 >/sys/bus/pci/drivers_probe
exit 0
