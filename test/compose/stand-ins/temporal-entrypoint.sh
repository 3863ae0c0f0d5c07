# The other services of Temporal reach this one by the address of its container.
set -eu
: "${BIND_ON_IP:=$(hostname -i | cut -d' ' -f1)}"
if [ "$BIND_ON_IP" = 0.0.0.0 ]; then
  : "${TEMPORAL_BROADCAST_ADDRESS:=$(hostname -i | cut -d' ' -f1)}"
  export TEMPORAL_BROADCAST_ADDRESS
fi
export BIND_ON_IP
exec temporal-server start
