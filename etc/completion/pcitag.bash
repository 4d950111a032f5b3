# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Completion of pcitag for bash. It asks pcitag itself: verbs are in `pcitag --help`, what each takes is in
# the first line of `pcitag VERB --help`, so a new verb needs nothing here. The words in capitals there say
# what a value is.

# _pcitag_values KIND: the values it can have, one a line.
_pcitag_values() {
	local first second profiles='' _
	case $1 in
	DOMAIN)
		timeout 2 virsh --readonly --connect qemu:///system list --all --name 2>/dev/null
		"$_pcitag" leases --json 2>/dev/null | sed -n 's/^ *"domain": *"\(.*\)",\{0,1\}$/\1/p'
		;;
	MODEL | TYPE | REQUEST)
		"$_pcitag" types 2>/dev/null | while read -r first second _; do
			# Profiles are below the models, and have no model in their second column.
			[[ $first != PROFILE ]] || profiles=yes
			[[ -n $first && $first != TYPE && $first != PROFILE ]] || continue
			[[ $1 == MODEL ]] || echo "$first"
			[[ $1 == TYPE || -n $profiles ]] || echo "$second"
		done
		;;
	ROM)
		"$_pcitag" rom list 2>/dev/null | while read -r first _; do
			[[ $first == ROM ]] || echo "$first"
		done
		;;
	ADDRESS)
		compgen -G '/sys/bus/pci/devices/*' | sed 's|.*/||'
		;;
	*\|*)
		_pcitag_values "${1%%|*}"
		_pcitag_values "${1#*|}"
		;;
	[a-z]*) echo "$1" ;;
	esac
}

# _pcitag_usage VERB: sets options, an associative array from "--name" to the kind of its value, and
# plain, the kinds of the other words.
_pcitag_usage() {
	local usage option
	read -r usage < <("$_pcitag" "$1" --help 2>/dev/null)
	usage="${usage#usage: pcitag "$1"} "
	options=([--help]='')
	while [[ $usage =~ ^\ *\[(--[a-z-]+)\ ?([^]]*)\](.*)$ ]]; do
		option=${BASH_REMATCH[1]}
		options[$option]=${BASH_REMATCH[2]}
		usage=${BASH_REMATCH[3]}
	done
	read -ra plain <<<"${usage//[\[\]]/}"
}

# _pcitag_kind WORD...: sets kind to what the word behind these can be: of a value, "options" or "". The last
# kind may have "...": it can be repeated.
_pcitag_kind() {
	local word position=0 wanted='' all=${plain[*]-}
	for word; do
		if [[ -n $wanted ]]; then
			wanted=
		elif [[ $word == --*=* ]]; then
			:
		elif [[ $word == --* ]]; then
			wanted=${options[$word]-}
		else
			position=$((position + 1))
		fi
	done
	# A definition in a file takes the place of the domain.
	[[ ${plain[0]-} != DOMAIN || " $* " != *' --file'[\ =]* ]] || position=$((position + 1))
	kind=${wanted:-${plain[position]-}}
	[[ -n $kind || $all != *... ]] || kind=${all##* }
	kind=${kind%...}
}

_pcitag_complete() {
	local _pcitag words current kind candidates candidate prefix
	local -A options
	local -a plain
	# Whole words, as somebody types them: bash cuts addresses at their colons.
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} != *[[:blank:]] ]] || words+=('')
	_pcitag=${words[0]}
	current=${words[-1]}
	COMPREPLY=()

	if [[ ${#words[@]} -eq 2 ]]; then
		candidates=$("$_pcitag" --help 2>/dev/null | sed -n 's/^  pcitag \([a-z-]*\) .*/\1/p')$'\n--help\n--version'
	else
		_pcitag_usage "${words[1]}"
		_pcitag_kind "${words[@]:2:${#words[@]}-3}"
		if [[ $current == --*=* ]]; then
			kind=${options[${current%%=*}]-}
			current=${current#*=}
		elif [[ $current == -* && $current != - ]]; then
			kind=options
		fi
		case $kind in
		options) candidates=$(printf '%s\n' "${!options[@]}") ;;
		FILE* | *.xml*)
			compopt -o filenames 2>/dev/null
			candidates=$(compgen -f -- "$current")
			;;
		*) candidates=$(_pcitag_values "$kind") ;;
		esac
	fi
	while IFS= read -r candidate; do
		[[ -z $candidate || $candidate != "$current"* ]] || COMPREPLY+=("$candidate")
	done < <(sort -u <<<"$candidates")
	# What is before the last colon is not replaced by what is put in.
	if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
		prefix=${current%"${current##*:}"}
		COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
	fi
}

complete -F _pcitag_complete pcitag
