/* What makes two runs comparable: the machine's key and its epoch.
 *
 * The key is what a machine is: architecture, processor, topology, caches, memory, hypervisor. It
 * has no clock frequency, which jitters. Runs of different keys are of different machines. The epoch
 * is what changes under a machine that stays the same: kernel, C library, microcode, governor, huge
 * pages. A new epoch is a mark in a history, not another machine. */
#ifndef HARNESS_CAMPAIGN_MACHINE_KEY_H
#define HARNESS_CAMPAIGN_MACHINE_KEY_H

#define MACHINE_KEY_BYTES        192
#define MACHINE_EPOCH_BYTES      1024
#define MACHINE_HYPERVISOR_BYTES 32

/* Of this machine, for example
 * "x86_64-GenuineIntel-6.207.2-1x2x2-l1.48K-l2.2048K-l3.266240K-24GiB-kvm": processor as
 * family.model.stepping, topology as sockets x cores x threads of the whole machine. Letters,
 * digits and ".-_" only, so that it can name a folder. What is unknown is "unknown" or left out. */
void machine_key(char key[MACHINE_KEY_BYTES]);

/* Of this machine: "key=value; key=value; ..." with the keys kernel, glibc, microcode, governor, thp,
 * in this order. */
void machine_epoch(char epoch[MACHINE_EPOCH_BYTES]);

/* "kvm", "xen" and so on; "none" where nothing tells of one. */
void machine_hypervisor(char name[MACHINE_HYPERVISOR_BYTES]);

/* The same from given facts and the files below `root` (kernel_files.h). */
void machine_key_of(const char *root,
                    const char *architecture,
                    const char *hypervisor,
                    char key[MACHINE_KEY_BYTES]);
void machine_epoch_of(const char *root, const char *glibc, char epoch[MACHINE_EPOCH_BYTES]);

#endif
