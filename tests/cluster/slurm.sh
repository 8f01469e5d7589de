#!/usr/bin/env bash
# A real Slurm cluster on the loopback: one controller and NODES nodes in FOLDER, with GPUS pretended cards on the first.
#   tests/cluster/slurm.sh FOLDER [NODES] [GPUS]      then: export SLURM_CONF=FOLDER/slurm.conf PATH=FOLDER/bin:$PATH
# Ends on Ctrl-C or TERM, and its daemons with it. No munge, cgroups, systemd or database: nobody else can reach it.
set -euo pipefail
folder=$(realpath --canonicalize-missing "${1:?FOLDER}") nodes=${2:-3} gpus=${3:-1}
host=$(hostname -s) port=${SLURM_PORT:-16817}
mkdir -p "$folder"/{bin,state,spool}

# A pretended card is a device file that does nothing; Slurm hands it to one job at a time all the same.
for ((card = 0; card < gpus; card++)); do
  device=$([ "$card" = 0 ] && echo /dev/null || echo "/dev/tty$card")
  echo "NodeName=n1 Name=gpu File=$device"
done > "$folder/gres.conf"

cat > "$folder/slurm.conf" <<CONF
ClusterName=lemma
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/controller.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/controller.log
SlurmdLogFile=$folder/%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MinJobAge=86400
GresTypes=gpu
SlurmdParameters=config_overrides
CONF
for ((node = 1; node <= nodes; node++)); do
  mkdir -p "$folder/spool/n$node"
  # Of two free nodes Slurm takes the lighter one: the node with the card is left to those who ask for it.
  cards=$([ "$node" = 1 ] && [ "$gpus" -gt 0 ] && echo "Gres=gpu:$gpus Weight=10" || true)
  echo "NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + node)) CPUs=4 RealMemory=8000 $cards"
done >> "$folder/slurm.conf"
echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE State=UP" >> "$folder/slurm.conf"

# The job step's plugin drops SLURM_CONF before it calls srun, which then looks in /etc: hand it back on the way.
printf '#!/bin/sh\nSLURM_CONF=%s exec %s "$@"\n' "$folder/slurm.conf" "$(command -v srun)" > "$folder/bin/srun"
chmod +x "$folder/bin/srun"

export SLURM_CONF=$folder/slurm.conf
daemons=()
trap 'kill "${daemons[@]}" 2> /dev/null; wait' EXIT
trap 'exit 0' INT TERM
slurmctld -D > "$folder/controller.out" 2>&1 & daemons+=($!)
for ((node = 1; node <= nodes; node++)); do
  slurmd -D -N "n$node" > "$folder/n$node.out" 2>&1 & daemons+=($!)
done
for ((try = 0; try < 150; try++)); do
  [ "$(sinfo --noheader --Node --states=idle --format=%N 2> /dev/null | wc -l)" = "$nodes" ] && break
  sleep 0.2
done
sinfo --Node --format="%N %T %c %m %G"
echo "ready: export SLURM_CONF=$folder/slurm.conf PATH=$folder/bin:\$PATH"
wait
