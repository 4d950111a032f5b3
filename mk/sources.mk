# SPDX-License-Identifier: LGPL-2.1-or-later
# What each program is made of, file by file, and which libraries it links: this is where a
# reviewer sees what a program can do. src/ layers point down: cli, flow, host, model, base.

# What both the engine and the command line contain: the state of the host, the choice, leases, drivers, recovery.
core_sources := \
	src/flow/assign/bind.c \
	src/flow/assign/hold.c \
	src/flow/assign/host_state.c \
	src/flow/assign/hostdev_guard.c \
	src/flow/assign/nets.c \
	src/flow/assign/observe.c \
	src/flow/assign/plan.c \
	src/flow/assign/restore.c \
	src/flow/assign/units.c \
	src/flow/assign/wellness.c \
	src/flow/paths.c \
	src/flow/recover/attachment.c \
	src/flow/recover/cleaning.c \
	src/flow/recover/liveness.c \
	src/flow/recover/reconcile.c \
	src/host/bind/binder.c \
	src/host/bind/device_lock.c \
	src/host/bind/driver.c \
	src/host/bind/setting.c \
	src/host/config/ini_file.c \
	src/host/config/registry_ini.c \
	src/host/in_use/device_nodes.c \
	src/host/in_use/disk.c \
	src/host/in_use/disk_backing.c \
	src/host/in_use/in_use.c \
	src/host/in_use/net.c \
	src/host/in_use/node_holders.c \
	src/host/in_use/unit_holders.c \
	src/host/libvirt/domain_program.c \
	src/host/libvirt/hostdev_networks.c \
	src/host/net/away.c \
	src/host/net/facts.c \
	src/host/net/netlink.c \
	src/host/net/tcx.c \
	src/host/pci/card.c \
	src/host/pci/device.c \
	src/host/pci/marks.c \
	src/host/pci/place.c \
	src/host/pci/scan.c \
	src/host/pci/state.c \
	src/host/pci/serial.c \
	src/host/pci/sysfs.c \
	src/host/pci/vgpu.c \
	src/host/pci/vfio_group.c \
	src/host/pci/walk.c \
	src/host/process/child.c \
	src/host/process/emulators.c \
	src/host/process/process.c \
	src/host/process/progress.c \
	src/host/process/worker.c \
	src/host/store/counters.c \
	src/host/store/findings.c \
	src/host/store/hidden_devices.c \
	src/host/store/last_devices.c \
	src/host/store/lease_cache.c \
	src/host/store/lease_store.c \
	src/host/store/named_locks.c \
	src/host/store/placeholder_links.c \
	src/host/store/used_devices.c \
	src/host/vf/vf_program.c \
	src/host/systemd/session.c \
	src/host/systemd/unit_program.c \
	src/host/system/emulator_file.c \
	src/host/system/iommu.c \
	src/host/system/rom_file.c \
	src/host/xml/document.c \
	src/host/xml/domain.c \
	src/host/xml/domain_boot.c \
	src/host/xml/domain_note.c \
	src/host/xml/domain_pinning.c \
	src/host/xml/domain_wishes.c \
	src/host/xml/domain_status.c \
	src/model/allocate/allocator.c \
	src/model/allocate/assignment.c \
	src/model/allocate/card.c \
	src/model/allocate/choice.c \
	src/model/allocate/choice_reason.c \
	src/model/allocate/request_wishes.c \
	src/model/allocate/verdict.c \
	src/model/allocate/verdict_text.c \
	src/model/allocate/wish_check.c \
	src/model/json/fields.c \
	src/model/lease/after_use.c \
	src/model/lease/cleaning.c \
	src/model/lease/domain.c \
	src/model/lease/lease.c \
	src/model/lease/lease_json.c \
	src/model/lease/lease_text.c \
	src/model/lease/name.c \
	src/model/lease/options.c \
	src/model/lease/placeholder.c \
	src/model/lease/vf_net.c \
	src/model/wish/number_set.c \
	src/model/wish/pinning.c \
	src/model/pci/address.c \
	src/model/pci/finding.c \
	src/model/pci/kind.c \
	src/model/pci/place.c \
	src/model/pci/reset.c \
	src/model/pci/setting.c \
	src/model/pci/state.c \
	src/model/pci/topology.c \
	src/model/qemu/emulator.c \
	src/model/registry/identity.c \
	src/model/registry/keys.c \
	src/model/wish/pattern_list.c \
	src/model/registry/profile.c \
	src/model/registry/registry.c \
	src/model/registry/settings.c \
	src/model/registry/unit_keys.c \
	src/model/wish/wish.c \
	src/model/solve/mincost.c \
	src/model/solve/relaxation.c \
	src/model/solve/rules.c \
	src/model/solve/solver.c \
	src/model/system/host_text.c \
	src/model/system/packet_filter.c \
	src/model/units/unit_name.c \
	src/base/atomic_file.c \
	src/base/error.c \
	src/base/fileio.c \
	src/base/lock_file.c \
	src/base/log.c \
	src/base/program.c \
	src/base/text.c

# What the hook and the units run, as root, at each start and end of a domain with devices.
engine_sources := $(core_sources) \
	engine/main.c \
	src/flow/start/engine.c \
	src/flow/start/prepare.c \
	src/flow/start/release.c \
	src/flow/start/vgpu_rooms.c
engine_libs := libxml-2.0 inih json-c

# The command line.
pcitag_sources := $(core_sources) \
	src/cli/device_filter.c \
	src/cli/main.c \
	src/cli/output/exposition.c \
	src/cli/output/json.c \
	src/cli/output/map_svg.c \
	src/cli/output/map_text.c \
	src/cli/output/map_words.c \
	src/cli/output/output_file.c \
	src/cli/output/registry_report.c \
	src/cli/output/survey.c \
	src/cli/output/table.c \
	src/cli/output/state.c \
	src/cli/output/xml_output.c \
	src/cli/verb.c \
	src/cli/verbs/cmd_add.c \
	src/cli/verbs/cmd_attach.c \
	src/cli/verbs/cmd_boot.c \
	src/cli/verbs/cmd_check.c \
	src/cli/verbs/cmd_clean.c \
	src/cli/verbs/cmd_cluster.c \
	src/cli/verbs/cmd_define.c \
	src/cli/verbs/cmd_fleet.c \
	src/cli/verbs/cmd_import.c \
	src/cli/verbs/cmd_leases.c \
	src/cli/verbs/cmd_list.c \
	src/cli/verbs/cmd_log.c \
	src/cli/verbs/cmd_map.c \
	src/cli/verbs/cmd_metrics.c \
	src/cli/verbs/cmd_plan.c \
	src/cli/verbs/cmd_probe.c \
	src/cli/verbs/cmd_release.c \
	src/cli/verbs/cmd_rom.c \
	src/cli/verbs/cmd_show.c \
	src/cli/verbs/cmd_test.c \
	src/cli/verbs/cmd_vf.c \
	src/cli/verbs/cmd_watch.c \
	src/flow/check/boot.c \
	src/flow/check/check.c \
	src/flow/check/hardware.c \
	src/flow/check/installation.c \
	src/flow/check/kernel.c \
	src/flow/check/libvirt.c \
	src/flow/check/private_dev.c \
	src/flow/check/registry.c \
	src/flow/check/units.c \
	src/flow/check/virtual_functions.c \
	src/flow/cluster/members.c \
	src/flow/cluster/order.c \
	src/flow/cluster/script.c \
	src/flow/cluster/setup.c \
	src/flow/configure/boot_rules.c \
	src/flow/configure/registry_edit.c \
	src/flow/configure/registry_import.c \
	src/flow/configure/rom.c \
	src/flow/configure/vf_change.c \
	src/flow/configure/virtual_functions.c \
	src/flow/hotplug/attach.c \
	src/flow/hotplug/running_domain.c \
	src/flow/recover/clean.c \
	src/flow/recover/clean_units.c \
	src/flow/recover/force_release.c \
	src/flow/recover/test.c \
	src/flow/view/cluster.c \
	src/flow/view/fleet.c \
	src/flow/view/health.c \
	src/flow/view/host_map.c \
	src/flow/view/inventory.c \
	src/flow/view/preview.c \
	src/flow/view/watch.c \
	src/host/cluster/answers.c \
	src/host/cluster/pacemaker.c \
	src/host/config/config_dirs.c \
	src/host/config/registry_file.c \
	src/host/describe/around.c \
	src/host/describe/facts.c \
	src/host/describe/names.c \
	src/host/import/cluster_yaml.c \
	src/host/import/device_list.c \
	src/host/import/nova_conf.c \
	src/host/import/pci_devices_yaml.c \
	src/host/import/yaml_nodes.c \
	src/host/libvirt/daemon.c \
	src/host/pci/sriov.c \
	src/host/store/cluster_domains.c \
	src/host/system/confinement.c \
	src/host/system/installed_file.c \
	src/host/system/journal.c \
	src/host/system/module_state.c \
	src/host/system/rom_store.c \
	src/host/watch/device_events.c \
	src/host/watch/directory_watch.c \
	src/host/xml/domain_remarks.c \
	src/model/fleet/capacity.c \
	src/model/fleet/counts.c \
	src/model/fleet/demand.c \
	src/model/fleet/remote.c \
	src/model/fleet/report.c \
	src/model/import/pci_devices.c \
	src/model/import/pci_selectors.c \
	src/model/map/layout.c \
	src/model/map/map.c \
	src/model/map/state.c \
	src/model/pci/rom.c \
	src/model/registry/doubts.c \
	src/model/registry/overlap.c \
	src/model/registry/text.c \
	src/model/suggest/suggestion.c \
	src/model/suggest/suggestion_text.c \
	src/model/watch/device_event.c \
	src/model/watch/file_list.c
pcitag_libs := libxml-2.0 inih json-c yaml-0.1 libpci libudev

# Talks to libvirt, as the user who typed the verb. Never run by the hook.
domain_sources := \
	domain/main.c \
	src/cli/domain.c \
	src/cli/domain_list.c \
	src/cli/output/json.c \
	src/cli/output/table.c \
	src/flow/configure/edit_domain.c \
	src/flow/configure/guest_cell.c \
	src/flow/view/domains.c \
	src/flow/paths.c \
	src/host/libvirt/domain.c \
	src/host/pci/place.c \
	src/host/pci/sysfs.c \
	src/host/system/domain_file.c \
	src/host/system/emulator_file.c \
	src/host/xml/document.c \
	src/host/xml/domain.c \
	src/host/xml/domain_boot.c \
	src/host/xml/domain_note.c \
	src/host/xml/domain_pinning.c \
	src/host/xml/domain_wishes.c \
	src/host/xml/domain_edit.c \
	src/host/xml/guest_numa.c \
	src/model/lease/domain.c \
	src/model/lease/name.c \
	src/model/lease/options.c \
	src/model/lease/vf_net.c \
	src/model/wish/guest_numa.c \
	src/model/wish/number_set.c \
	src/model/wish/pinning.c \
	src/model/pci/address.c \
	src/model/pci/place.c \
	src/model/qemu/emulator.c \
	src/model/wish/pattern_list.c \
	src/model/wish/wish.c \
	src/base/atomic_file.c \
	src/base/error.c \
	src/base/fileio.c \
	src/base/program.c
domain_libs := libvirt libxml-2.0 json-c

# Talks to systemd, for the models of the registry that name units.
units_sources := \
	units/main.c \
	src/cli/units.c \
	src/host/systemd/unit_bus.c \
	src/model/units/unit_name.c \
	src/base/error.c \
	src/base/program.c
units_libs := libsystemd

# Tells virtual functions of network cards what the registry and domains say, through rtnetlink.
vf_net_sources := \
	vfnet/main.c \
	src/cli/vf_net.c \
	src/flow/paths.c \
	src/host/bind/device_lock.c \
	src/host/vf/vf_link.c \
	src/host/vf/vf_message.c \
	src/model/lease/vf_net.c \
	src/model/pci/address.c \
	src/base/error.c \
	src/base/fileio.c \
	src/base/lock_file.c \
	src/base/program.c
vf_net_libs := libmnl

# Erases the disks of an NVMe controller: a unit of systemd runs it for models of the registry that name that unit.
clean_nvme_sources := \
	clean/main.c \
	src/cli/clean_nvme.c \
	src/flow/erase/nvme.c \
	src/flow/paths.c \
	src/host/nvme/controller.c \
	src/host/nvme/disk.c \
	src/host/pci/sysfs.c \
	src/model/nvme/erase.c \
	src/model/nvme/sample.c \
	src/model/pci/address.c \
	src/base/error.c \
	src/base/fileio.c \
	src/base/program.c
clean_nvme_libs :=

# What libvirt runs: libc only, static, because every start and stop on the host pays for it.
hook_sources := hooks/qemu.c hooks/emulator_limit.c

# Runs as the unprivileged qemu user inside the guest's sandbox.
wrapper_sources := \
	wrapper/qemu.c \
	src/flow/launch.c \
	src/host/process/memlock_limit.c \
	src/host/store/placeholder_read.c \
	src/host/system/emulator_file.c \
	src/model/lease/domain.c \
	src/model/lease/name.c \
	src/model/lease/options.c \
	src/model/lease/placeholder.c \
	src/model/lease/vf_net.c \
	src/model/pci/address.c \
	src/model/qemu/argv.c \
	src/model/qemu/device.c \
	src/model/qemu/emulator.c \
	src/model/qemu/memlock.c \
	src/model/qemu/option.c \
	src/base/error.c
wrapper_libs := json-c
