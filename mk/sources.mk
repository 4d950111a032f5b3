# SPDX-License-Identifier: LGPL-2.1-or-later
# What each program is made of, file by file, and which libraries it links: this is where a
# reviewer sees what a program can do. src/ layers point down: cli, flow, host, model, base.

# What both the engine and the command line contain: the state of the host, the choice, leases, drivers, recovery.
core_sources := \
	src/flow/adopt.c \
	src/flow/attachment.c \
	src/flow/give_back.c \
	src/flow/host_flow.c \
	src/flow/observe.c \
	src/flow/plan.c \
	src/flow/prospect.c \
	src/flow/reconcile.c \
	src/flow/taking.c \
	src/host/binder.c \
	src/host/child.c \
	src/host/console_use.c \
	src/host/counters.c \
	src/host/device_lock.c \
	src/host/disk_backing.c \
	src/host/disk_use.c \
	src/host/domain_program.c \
	src/host/domain_status.c \
	src/host/domain_xml.c \
	src/host/emulator_file.c \
	src/host/emulators.c \
	src/host/host_use.c \
	src/host/hostdev_networks.c \
	src/host/ini_file.c \
	src/host/iommu.c \
	src/host/kernel_module.c \
	src/host/lease_json.c \
	src/host/lease_store.c \
	src/host/named_locks.c \
	src/host/net_away.c \
	src/host/net_facts.c \
	src/host/net_namespaces.c \
	src/host/net_use.c \
	src/host/netlink.c \
	src/host/network_xml.c \
	src/host/node_holders.c \
	src/host/node_list.c \
	src/host/override.c \
	src/host/pci_card.c \
	src/host/pci_index.c \
	src/host/pci_kin.c \
	src/host/pci_scan.c \
	src/host/placeholder_tree.c \
	src/host/process.c \
	src/host/process_cgroup.c \
	src/host/progress.c \
	src/host/registry_ini.c \
	src/host/settings_ini.c \
	src/host/sysfs.c \
	src/host/sysfs_walk.c \
	src/host/tcx.c \
	src/host/use_text.c \
	src/host/vfio_group.c \
	src/host/worker.c \
	src/host/xml_document.c \
	src/model/allocator.c \
	src/model/card.c \
	src/model/domain.c \
	src/model/grant_link.c \
	src/model/host_text.c \
	src/model/iommu_advice.c \
	src/model/lease.c \
	src/model/matching.c \
	src/model/name.c \
	src/model/packet_filter.c \
	src/model/pci_addr.c \
	src/model/pci_kind.c \
	src/model/qemu_emulator.c \
	src/model/registry.c \
	src/model/registry_keys.c \
	src/model/settings.c \
	src/model/switch.c \
	src/model/topology.c \
	src/model/verdict.c \
	src/model/verdict_text.c \
	src/base/atomic_file.c \
	src/base/directory.c \
	src/base/error.c \
	src/base/fileio.c \
	src/base/lock_file.c \
	src/base/log.c \
	src/base/report.c \
	src/base/standard_fds.c \
	src/base/words.c

# What the hook and the units run, as root, at each start and end of a domain with devices.
engine_sources := $(core_sources) \
	engine/main.c \
	src/flow/engine.c \
	src/flow/prepare.c \
	src/flow/release.c
engine_libs := libxml-2.0 inih json-c

# The command line.
pcitag_sources := $(core_sources) \
	src/cli/attach_output.c \
	src/cli/cmd_add.c \
	src/cli/cmd_attach.c \
	src/cli/cmd_check.c \
	src/cli/cmd_define.c \
	src/cli/cmd_detach.c \
	src/cli/cmd_enable.c \
	src/cli/cmd_import.c \
	src/cli/cmd_leases.c \
	src/cli/cmd_list.c \
	src/cli/cmd_log.c \
	src/cli/cmd_metrics.c \
	src/cli/cmd_plan.c \
	src/cli/cmd_probe.c \
	src/cli/cmd_reconcile.c \
	src/cli/cmd_release.c \
	src/cli/cmd_remove.c \
	src/cli/cmd_rename_owner.c \
	src/cli/cmd_show.c \
	src/cli/cmd_types.c \
	src/cli/cmd_undefine.c \
	src/cli/commands.c \
	src/cli/device_filter.c \
	src/cli/device_json.c \
	src/cli/exposition.c \
	src/cli/inventory_verb.c \
	src/cli/json_output.c \
	src/cli/local_time.c \
	src/cli/main.c \
	src/cli/registry_report.c \
	src/cli/run_domain.c \
	src/cli/state_colour.c \
	src/cli/survey_output.c \
	src/cli/table.c \
	src/cli/verb.c \
	src/flow/attach.c \
	src/flow/check.c \
	src/flow/check_confinement.c \
	src/flow/check_hardware.c \
	src/flow/check_installation.c \
	src/flow/check_kernel.c \
	src/flow/check_libvirt.c \
	src/flow/check_registry.c \
	src/flow/check_request.c \
	src/flow/detach.c \
	src/flow/inventory.c \
	src/flow/registry_edit.c \
	src/flow/registry_import.c \
	src/flow/release_domain.c \
	src/flow/running.c \
	src/flow/survey.c \
	src/host/cluster_yaml.c \
	src/host/config_dirs.c \
	src/host/confinement.c \
	src/host/device_list.c \
	src/host/installed_file.c \
	src/host/installed_hook.c \
	src/host/journal.c \
	src/host/journal_json.c \
	src/host/libvirt_daemon.c \
	src/host/module_state.c \
	src/host/nova_conf.c \
	src/host/pci_devices_yaml.c \
	src/host/pci_facts.c \
	src/host/pci_names.c \
	src/host/registry_file.c \
	src/model/match_text.c \
	src/model/pci_devices.c \
	src/model/pci_selectors.c \
	src/model/registry_doubts.c \
	src/model/registry_text.c \
	src/model/suggestion.c \
	src/model/suggestion_text.c
pcitag_libs := libxml-2.0 inih json-c yaml-0.1 libpci

# Talks to libvirt, as the user who typed the verb. Never run by the hook.
domain_sources := \
	domain/main.c \
	src/cli/domain_commands.c \
	src/cli/domain_edits.c \
	src/cli/domain_hostdev.c \
	src/cli/json_output.c \
	src/flow/edit_domain.c \
	src/host/domain_edit.c \
	src/host/domain_xml.c \
	src/host/emulator_file.c \
	src/host/libvirt_domain.c \
	src/host/libvirt_hostdev.c \
	src/host/xml_document.c \
	src/model/domain.c \
	src/model/name.c \
	src/model/owner.c \
	src/model/pci_addr.c \
	src/model/qemu_emulator.c \
	src/base/error.c \
	src/base/report.c \
	src/base/standard_fds.c
domain_libs := libvirt libxml-2.0 json-c

# What libvirt runs: libc only, static, because every start and stop on the host pays for it.
hook_sources := hooks/qemu.c hooks/emulator_limit.c

# Runs as the unprivileged qemu user inside the guest's sandbox.
wrapper_sources := \
	wrapper/qemu.c \
	src/flow/flow_launch.c \
	src/host/emulator_file.c \
	src/host/memlock_limit.c \
	src/host/placeholder_link.c \
	src/model/domain.c \
	src/model/grant_link.c \
	src/model/name.c \
	src/model/pci_addr.c \
	src/model/qemu_argv.c \
	src/model/qemu_device.c \
	src/model/qemu_emulator.c \
	src/model/qemu_memlock.c \
	src/model/qemu_option.c \
	src/base/error.c
wrapper_libs := json-c
