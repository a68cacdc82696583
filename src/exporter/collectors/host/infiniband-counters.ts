import { HARDWARE_COUNTERS } from "./infiniband-hardware.ts";
import { port, type Rows } from "./infiniband-port.ts";

/** Files of `counters` (the kernel's Documentation/ABI/stable/sysfs-class-infiniband). */
const COUNTERS: Rows = [
  [
    "excessive_buffer_overrun_errors",
    port(
      "excessive_buffer_overrun_errors",
      "Number of times that OverrunErrors consecutive flow control update periods occurred, each having at least one overrun error.",
    ),
  ],
  ["link_downed", port("link_downed", "Number of times the link failed to recover from an error state and went down")],
  [
    "link_error_recovery",
    port("link_error_recovery", "Number of times the link successfully recovered from an error state"),
  ],
  [
    "local_link_integrity_errors",
    port(
      "local_link_integrity_errors",
      "Number of times that the count of local physical errors exceeded the threshold specified by LocalPhyErrors.",
    ),
  ],
  [
    "multicast_rcv_packets",
    port("multicast_packets_received", "Number of multicast packets received (including errors)"),
  ],
  [
    "multicast_xmit_packets",
    port("multicast_packets_transmitted", "Number of multicast packets transmitted (including errors)"),
  ],
  [
    "port_rcv_constraint_errors",
    port(
      "port_constraint_errors_received",
      "Number of packets received on the switch physical port that are discarded",
    ),
  ],
  [
    "port_xmit_constraint_errors",
    port("port_constraint_errors_transmitted", "Number of packets not transmitted from the switch physical port"),
  ],
  ["port_rcv_data", port("port_data_received_bytes", "Number of data octets received on all links")],
  ["port_xmit_data", port("port_data_transmitted_bytes", "Number of data octets transmitted on all links")],
  [
    "port_rcv_discards",
    port(
      "port_discards_received",
      "Number of inbound packets discarded by the port because the port is down or congested",
    ),
  ],
  [
    "port_xmit_discards",
    port(
      "port_discards_transmitted",
      "Number of outbound packets discarded by the port because the port is down or congested",
    ),
  ],
  [
    "port_rcv_errors",
    port("port_errors_received", "Number of packets containing an error that were received on this port"),
  ],
  [
    "port_rcv_packets",
    port("port_packets_received", "Number of packets received on all VLs by this port (including errors)"),
  ],
  [
    "port_xmit_packets",
    port("port_packets_transmitted", "Number of packets transmitted on all VLs from this port (including errors)"),
  ],
  [
    "port_xmit_wait",
    port(
      "port_transmit_wait",
      "Number of ticks during which the port had data to transmit but no data was sent during the entire tick",
    ),
  ],
  ["unicast_rcv_packets", port("unicast_packets_received", "Number of unicast packets received (including errors)")],
  [
    "unicast_xmit_packets",
    port("unicast_packets_transmitted", "Number of unicast packets transmitted (including errors)"),
  ],
  [
    "port_rcv_remote_physical_errors",
    port(
      "port_receive_remote_physical_errors",
      "Number of packets marked with the EBP (End of Bad Packet) delimiter received on the port.",
    ),
  ],
  [
    "port_rcv_switch_relay_errors",
    port("port_receive_switch_relay_errors", "Number of packets that could not be forwarded by the switch."),
  ],
  ["symbol_error", port("symbol_error", "Number of minor link errors detected on one or more physical lanes.")],
  ["VL15_dropped", port("vl15_dropped", "Number of incoming VL15 packets dropped due to resource limitations.")],
];

/** Files of `counters_ext`, where kernels before 4.5 have the wide ones. */
const LEGACY_COUNTERS: Rows = [
  ["port_multicast_rcv_packets", port("legacy_multicast_packets_received", "Number of multicast packets received")],
  [
    "port_multicast_xmit_packets",
    port("legacy_multicast_packets_transmitted", "Number of multicast packets transmitted"),
  ],
  ["port_rcv_data_64", port("legacy_data_received_bytes", "Number of data octets received on all links")],
  ["port_rcv_packets_64", port("legacy_packets_received", "Number of data packets received on all links")],
  ["port_unicast_rcv_packets", port("legacy_unicast_packets_received", "Number of unicast packets received")],
  ["port_unicast_xmit_packets", port("legacy_unicast_packets_transmitted", "Number of unicast packets transmitted")],
  ["port_xmit_data_64", port("legacy_data_transmitted_bytes", "Number of data octets transmitted on all links")],
  ["port_xmit_packets_64", port("legacy_packets_transmitted", "Number of data packets received on all links")],
];

/** Counters of a port by the folder that they are in. */
export const PORT_COUNTERS = [
  ["counters", COUNTERS],
  ["counters_ext", LEGACY_COUNTERS],
  ["hw_counters", HARDWARE_COUNTERS],
] as const;
