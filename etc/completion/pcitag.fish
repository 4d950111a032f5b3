# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of pcitag for fish. It asks pcitag itself: verbs are in `pcitag --help`, what each takes is in
# `pcitag VERB --help`, so a new verb needs nothing here. The words in capitals there say what a value is.

# The verbs, each with what it does.
function __pcitag_verbs
    pcitag --help 2>/dev/null | string replace --regex --filter '^  pcitag ([a-z-]+) .*?(?:   *)(?=[a-z])(.*)$' '$1\t$2'
    printf '%s\t%s\n' --help 'the verbs by topic' --version 'which pcitag this is'
end

# __pcitag_values KIND: the values it can have.
function __pcitag_values --argument-names kind
    switch "$kind"
        case DOMAIN
            timeout 2 virsh --readonly --connect qemu:///system list --all --name 2>/dev/null | string match --regex '.+'
            pcitag leases --json 2>/dev/null | string replace --regex --filter '^ *"domain": *"(.*)",?$' '$1'
        case MODEL TYPE REQUEST
            # Profiles are below the models, and have no model in their second column.
            set --local part models
            for line in (pcitag types 2>/dev/null | string match --invert 'TYPE *' | string match --regex '.+')
                set --local columns (string split --no-empty ' ' -- $line)
                if test $columns[1] = PROFILE
                    set part profiles
                    continue
                end
                test $kind = MODEL; or echo $columns[1]
                test $kind = TYPE -o $part = profiles; or echo $columns[2]
            end
        case ROM
            pcitag rom list 2>/dev/null | string match --invert 'ROM *' | string replace --regex ' .*' ''
        case ADDRESS
            path basename /sys/bus/pci/devices/*
        case 'FILE*' '*.xml*'
            __fish_complete_path (commandline --current-token)
        case '*|*'
            for part in (string split '|' -- $kind)
                __pcitag_values $part
            end
        case '*'
            string match --regex '^[a-z].*' -- $kind
    end
end

function __pcitag_complete
    set --local words (commandline --tokenize --cut-at-cursor --current-process)
    set --local current (commandline --cut-at-cursor --current-token)
    set --local verb $words[2]
    if test (count $words) -lt 2
        __pcitag_verbs
        return
    end

    set --local lines (pcitag $verb --help 2>/dev/null)
    set --local usage (string replace "usage: pcitag $verb" '' -- $lines[1])
    set --local names --help
    set --local kinds ''
    for option in (string match --all --regex '\[--[a-z-]+[^\]]*\]' -- $usage)
        set --local parts (string split ' ' -- (string trim --chars '[]' -- $option))
        set --append names $parts[1]
        set --append kinds "$parts[2]"
        set usage (string replace -- $option '' $usage)
    end
    set --local plain (string split --no-empty ' ' -- (string replace --all --regex '[\[\]]' '' -- $usage))

    set --local wanted ''
    set --local position 1
    for word in $words[3..]
        if test -n "$wanted"
            set wanted ''
        else if string match --quiet -- '--*=*' $word
            continue
        else if string match --quiet -- '--*' $word
            set --local index (contains --index -- $word $names); and set wanted $kinds[$index]
        else
            set position (math $position + 1)
        end
    end
    # A definition in a file takes the place of the domain.
    if test "$plain[1]" = DOMAIN; and string match --quiet --regex '^--file(=|$)' -- $words[3..]
        set position (math $position + 1)
    end
    if test -z "$wanted"; and string match --quiet -- '--*=*' $current
        set --local option (string split --max 1 = -- $current)[1]
        set --local index (contains --index -- $option $names); or return
        for value in (__pcitag_values $kinds[$index])
            echo $option=$value
        end
    else if test -z "$wanted"; and string match --quiet --regex '^--?.' -- $current
        for name in $names
            printf '%s\t%s\n' $name (string replace --regex --filter "^  $name( [^ ]+)? +(.*)" '$2' -- $lines)
        end
    else if test -n "$wanted"
        __pcitag_values $wanted
    else
        # The last kind may have "...": it can be repeated.
        set --local kind "$plain[$position]"
        test -n "$kind"; or set kind (string match -- '*...' "$plain[-1]")
        __pcitag_values (string replace --regex '\.\.\.$' '' -- "$kind")
    end
end

complete --command pcitag --no-files --arguments '(__pcitag_complete)'
