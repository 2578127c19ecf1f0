#!/bin/sh
# The guest's first program: finds the disk, makes it the root, and leaves the rest to busybox's init and to the agent.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /modules/*; do
    [ -e "$module" ] && insmod "$module"
done

if grep -q loam.trial /proc/cmdline; then
    echo "loam: the guest is up"
    poweroff -f
fi

tries=0
until [ -b /dev/vda ] || [ "$tries" = 1000 ]; do
    usleep 10000
    tries=$((tries + 1))
done
if ! mount -t ext4 /dev/vda /sysroot; then
    echo "loam: the root disk cannot be mounted"
    poweroff -f
fi

cd /sysroot || poweroff -f
# An image may lack the folders that the kernel's file systems need; what is made here goes again at the end.
: >/run/made
for folder in proc sys dev; do
    [ -d "$folder" ] || { mkdir "$folder" && echo "$folder" >>/run/made; }
done
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o nosuid,nodev,noexec sysfs sys
mount -t devtmpfs -o nosuid devtmpfs dev
mkdir -p dev/pts dev/shm dev/mqueue
mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs dev/shm
mount -t mqueue mqueue dev/mqueue
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
ln -sf /proc/self/fd dev/fd
ln -sf /proc/self/fd/0 dev/stdin
ln -sf /proc/self/fd/1 dev/stdout
ln -sf /proc/self/fd/2 dev/stderr
mount --bind dev/pts /dev/pts

hostname=$(sed -n 's/.*loam\.hostname=\([^ ]*\).*/\1/p' /proc/cmdline)
hostname "$hostname"
ifconfig lo 127.0.0.1 up

# The disk moves over this root: programs of the image are then in no chroot, which user namespaces would refuse. What
# starts here keeps the old root as its own, and the disk as its working folder.
mount --move . /
start-stop-daemon -S -b -p /run/none -x /lib/loam/agent -- serve
exec init
