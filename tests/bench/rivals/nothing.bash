#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The least that a hook in bash can be.
cat >/dev/null
