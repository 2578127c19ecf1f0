#!/bin/sh
# The guest's side of Loam. It works in the initramfs; its working folder is the image's root.

# Prints the device of the port that the host gave a name.
port() {
    tries=0
    while [ "$tries" -lt 500 ]; do
        for entry in /sys/class/virtio-ports/*; do
            [ -e "$entry/name" ] && read -r name <"$entry/name" && [ "$name" = "$1" ] && [ -c "/dev/${entry##*/}" ] && echo "/dev/${entry##*/}" && return
        done
        usleep 10000
        tries=$((tries + 1))
    done
    return 1
}

# Takes orders, one a line. A job gets a process of its own, whose signals are as a program expects them.
serve() {
    exec 3<>"$(port loam.agent)"
    while read -r order id kind <&3; do
        case $order in
            job) start-stop-daemon -S -b -p /run/none -x /lib/loam/agent -- job "$id" "$kind" ;;
            halt) start-stop-daemon -S -b -p /run/none -x /lib/loam/agent -- halt ;;
        esac
    done
}

# One program: its streams and its orders each have a port.
job() {
    work=/run/job.$1
    mkdir "$work"
    exec 3<>"$(port "loam.$1.control")"
    read -r blocks <&3
    dd bs=4096 count="$blocks" iflag=fullblock of="$work/script" <&3 2>/dev/null
    echo started >&3
    trap : TERM INT QUIT HUP
    if [ "$2" != detached ]; then
        orders "$work" <&3 &
        orders=$!
    fi
    if [ "$2" = terminal ]; then
        terminal "$1"
    else
        streams "$1" "$2"
    fi
    [ "$2" = detached ] && echo "loam: the program ended with code $code" >/dev/console
    [ -n "$orders" ] && kill "$orders" 2>/dev/null
    if [ -s "$work/failure" ]; then
        echo "failed $(cat "$work/failure")" >&3
    else
        echo "exit $code $(count "$work/stdout") $(count "$work/stderr")" >&3
    fi
    rm -r "$work"
}

# Plain streams: the ports carry bytes and no end, so the host is told how many there were.
streams() {
    mkfifo "$work/0" "$work/1" "$work/2"
    tee "$(port "loam.$1.stdout")" <"$work/1" | wc -c >"$work/stdout" &
    stdout=$!
    tee "$(port "loam.$1.stderr")" <"$work/2" | wc -c >"$work/stderr" &
    stderr=$!
    if [ "$2" = detached ]; then
        : >"$work/0" &
    else
        cat <"$(port "loam.$1.stdin")" >"$work/0" 2>/dev/null &
    fi
    stdin=$!
    # In the foreground, as only there a shell leaves SIGINT and SIGQUIT alone; in a subshell, as this one's helpers
    # would interrupt it while it waits for the pipes' other ends.
    (exec setsid /lib/loam/agent program "$work" <"$work/0" >"$work/1" 2>"$work/2" 3>&-)
    code=$?
    kill "$stdin" 2>/dev/null
    wait "$stdout" "$stderr"
}

# A terminal: telnetd makes it, and its protocol carries the window's size. What it prints of its own is over at the
# first byte 1.
terminal() {
    exec 4<>"$(port "loam.$1.terminal")"
    printf '#!/bin/sh\nprintf "\\001"\ntrap : INT QUIT HUP TERM\n/lib/loam/agent program %s\necho $? >%s/code\n' "$work" "$work" >"$work/login"
    chmod 755 "$work/login"
    telnetd -i -l "$work/login" <&4 >&4 2>/dev/null 3>&-
    tries=0
    until [ -s "$work/code" ] || [ "$tries" = 100 ]; do
        usleep 10000
        tries=$((tries + 1))
    done
    code=129
    [ -s "$work/code" ] && read -r code <"$work/code"
    # Telnet's "end of record" says on the same port that nothing follows.
    printf '\377\357' >&4
}

# Becomes the program that the host's script describes.
program() {
    work=$1
    echo "$$" >"$work/pid"
    . "$work/script"
}

# What the host wants while the program runs. Its going away hangs the program up.
orders() {
    while read -r order argument; do
        [ "$order" = signal ] && kill "-$argument" "-$(cat "$1/pid")"
    done
    kill -HUP "-$(cat "$1/pid")"
} 2>/dev/null

# How many bytes went through a port; none through a terminal's.
count() {
    [ -s "$1" ] && cat "$1" || echo 0
}

fail() {
    echo "$*" >"$work/failure"
    exit 125
}

# Follows a path within the image's root, wherever its links lead; sets `resolved`.
inside() {
    resolved=.
    rest=$1
    hops=0
    while [ -n "$rest" ]; do
        part=${rest%%/*}
        case $rest in
            */*) rest=${rest#*/} ;;
            *) rest= ;;
        esac
        case $part in
            '' | .) continue ;;
            ..)
                [ "$resolved" = . ] || resolved=${resolved%/*}
                continue
                ;;
        esac
        if [ -L "$resolved/$part" ]; then
            hops=$((hops + 1))
            [ "$hops" -le 40 ] || fail "too many links in $1"
            target=$(readlink "$resolved/$part")
            case $target in
                /*) resolved=. ;;
            esac
            rest=$target/$rest
        else
            resolved=$resolved/$part
        fi
    done
}

# Finds a user, and a group where one is named, in the image's own files; sets `uid`, `gid`, `home` and `groups`.
identify() {
    uid= gid= home=/ groups= account=
    inside etc/passwd
    for key in name number; do
        [ -z "$uid" ] && [ -f "$resolved" ] && while IFS=: read -r name _ user group _ folder _ || [ -n "$name" ]; do
            case $key in
                name) match=$name ;;
                *) match=$user ;;
            esac
            if [ "$match" = "$1" ]; then
                uid=$user gid=$group home=${folder:-/} account=$name
                break
            fi
            name=
        done <"$resolved"
    done
    if [ -z "$uid" ]; then
        case $1 in
            *[!0-9]*) fail "there is no user $1 in the guest" ;;
        esac
        uid=$1 gid=0
    fi
    named=
    inside etc/group
    [ -f "$resolved" ] && while IFS=: read -r name _ number members || [ -n "$name" ]; do
        if [ -n "$2" ]; then
            { [ "$name" = "$2" ] || [ "$number" = "$2" ]; } && gid=$number named=1
        elif [ -n "$account" ]; then
            case ,$members, in
                *,"$account",*) groups="$groups $number" ;;
            esac
        fi
        name=
    done <"$resolved"
    if [ -n "$2" ] && [ -z "$named" ]; then
        case $2 in
            *[!0-9]*) fail "there is no group $2 in the guest" ;;
        esac
        gid=$2
    fi
    switch="-S $uid"
    [ -n "$groups" ] || switch="$switch -G $gid"
}

# Finds the folder to start in, and makes it where the image lacks it; sets `folder`.
enter() {
    inside "$1"
    [ -d "$resolved" ] || mkdir -p "$resolved" || fail "the folder $1 cannot be made in the guest"
    folder=$resolved
}

# Becomes a program: arguments are its environment, then the program. Nothing else of the agent's reaches it.
become() {
    if [ -t 0 ]; then
        chown "$uid" "$(tty)"
    fi
    if [ -z "$groups" ]; then
        exec env -i -- "$@"
    fi
    # Only su can set several groups, from files: a name of this job's own stands in them for the user.
    self=job${work##*.}
    echo "$self:x:0:$gid::/:/bin/sh" >>/etc/passwd
    for group in $groups; do
        echo "$self.$group:x:$group:$self" >>/etc/group
    done
    exec su -s /bin/env -- "$self" -i -- "$@"
}

# Ends every program, brings the disk into order, and switches off.
halt() {
    kill -TERM -1
    tries=0
    while busy && [ "$tries" -lt 50 ]; do
        usleep 100000
        tries=$((tries + 1))
    done
    kill -KILL -1
    # umount looks names up in /proc/mounts, where those of this root and of the image's are the same: without it, it
    # takes them as they are.
    umount -l /proc
    umount dev/mqueue dev/shm dev/pts sys/fs/cgroup sys proc dev 2>/dev/null
    while read -r folder; do
        rmdir "$folder" 2>/dev/null
    done </run/made
    mount -t proc proc /proc
    sync
    tries=0
    # With the device named, mount takes the folder as it is; alone it would be made `/`, which is this root, not the disk.
    until mount -o remount,ro /dev/vda . || [ "$tries" = 20 ]; do
        usleep 100000
        tries=$((tries + 1))
    done
    poweroff -f
}

# Whether programs of the image still run.
busy() {
    for process in /proc/[0-9]*; do
        [ -e "$process/exe" ] && ! [ "$process/exe" -ef /bin/busybox ] && return 0
    done
    return 1
}

"$@"
