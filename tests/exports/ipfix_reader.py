# SPDX-License-Identifier: BSD-3-Clause
"""A reader of IPFIX (RFC 7011) for tests, which shares nothing with what writes it.

  reader = ipfix_reader.Reader()
  for record in reader.records(message_bytes): record["octetDeltaCount"], record["tstat_c_rtt_avg"]

Names of enterprise elements are those that records of RFC 5610 tell; values are Python's, or None where `tstat_absent` says
so. `gaps` counts data records that sequence numbers miss.
"""
import ipaddress, struct

IANA = {1: "octetDeltaCount", 2: "packetDeltaCount", 4: "protocolIdentifier", 6: "tcpControlBits", 7: "sourceTransportPort",
        8: "sourceIPv4Address", 11: "destinationTransportPort", 12: "destinationIPv4Address", 27: "sourceIPv6Address",
        28: "destinationIPv6Address", 136: "flowEndReason", 148: "flowId", 152: "flowStartMilliseconds",
        153: "flowEndMilliseconds", 239: "biflowDirection", 303: "informationElementId", 339: "informationElementDataType",
        341: "informationElementName", 344: "informationElementSemantics", 345: "informationElementUnits",
        346: "privateEnterpriseNumber"}
ADDRESSES = {8, 12, 27, 28}
REVERSE = 29305
SPECIAL = {"tstat_absent", "tstat_log", "tstat_label"}


def split(data):
    """Whole messages, and what is behind them."""
    messages, at = [], 0
    while len(data) - at >= 16:
        version, length = struct.unpack_from(">HH", data, at)
        if version != 10 or length < 16:
            raise ValueError(f"no message at {at}: version {version}, length {length}")
        if at + length > len(data):
            break
        messages.append(data[at:at + length])
        at += length
    return messages, data[at:]


class Reader:
    def __init__(self):
        self.templates, self.types, self.scoped = {}, {}, set()
        self.next_sequence, self.gaps, self.template_count = None, 0, 0

    def records(self, data):
        messages, rest = split(data)
        if rest:
            raise ValueError(f"{len(rest)} bytes behind the last message")
        return [record for message in messages for record in self.message(message)]

    def message(self, message):
        _, _, self.time, sequence, self.domain = struct.unpack_from(">HHIII", message)
        if self.next_sequence is not None:
            self.gaps += (sequence - self.next_sequence) % (1 << 32)
        at, flows, count = 16, [], 0
        while at < len(message):
            set_id, length = struct.unpack_from(">HH", message, at)
            end = at + length
            if length < 4 or end > len(message):
                raise ValueError("a set is longer than its message")
            at += 4
            while at < end:
                if set_id in (2, 3):
                    at = self.template(message, at, set_id == 3)
                    continue
                fields, at = self.record(message, at, self.templates[set_id])
                count += 1
                if set_id in self.scoped:
                    self.types[fields[346], fields[303]] = (fields[341].decode(), fields[339])
                else:
                    flows.append(self.values(fields))
            if at != end:
                raise ValueError("a record does not end with its set")
        self.next_sequence = sequence + count
        return flows

    def template(self, message, at, is_option):
        set_id, count = struct.unpack_from(">HH", message, at)
        at += 4
        if is_option:
            at += 2
            self.scoped.add(set_id)
        fields = []
        for _ in range(count):
            element, length = struct.unpack_from(">HH", message, at)
            at += 4
            enterprise = 0
            if element & 0x8000:
                enterprise, = struct.unpack_from(">I", message, at)
                at += 4
            fields.append((enterprise, element & 0x7fff, length))
        self.templates[set_id] = fields
        self.template_count += 1
        return at

    def record(self, message, at, template):
        fields = {}
        for enterprise, element, length in template:
            if length == 65535:
                length = message[at]
                at += 1
                if length == 255:
                    length, = struct.unpack_from(">H", message, at)
                    at += 2
            value = message[at:at + length]
            if len(value) != length:
                raise ValueError("a field is cut")
            at += length
            if enterprise == 0 and element != 341:
                value = str(ipaddress.ip_address(value)) if element in ADDRESSES else int.from_bytes(value, "big")
            fields[element if enterprise == 0 else (enterprise, element)] = value
        return fields, at

    def values(self, fields):
        """Of a flow, by names."""
        record, columns = {}, []
        for key, value in fields.items():
            if not isinstance(key, tuple):
                record[IANA[key]] = value
            elif key[0] == REVERSE:
                name = IANA[key[1]]
                record["reverse" + name[0].upper() + name[1:]] = int.from_bytes(value, "big")
            else:
                name, kind = self.types[key]
                record[name] = typed(kind, value)
                if name not in SPECIAL:
                    columns.append(name)
        absent = record["tstat_absent"]
        for i, name in enumerate(columns):
            if i // 8 < len(absent) and absent[i // 8] >> i % 8 & 1:
                record[name] = None
        return record


def typed(kind, value):
    if kind == 0:
        return value
    if kind == 4:
        return int.from_bytes(value, "big")
    if kind == 8:
        return int.from_bytes(value, "big", signed=True)
    if kind == 10:
        return struct.unpack(">d", value)[0]
    if kind == 11:
        return {1: True, 2: False}[value[0]]
    if kind == 13:
        return value.decode()
    if kind == 17:
        seconds, fraction = struct.unpack(">II", value)
        return (seconds - 2208988800) * 10**9 + (fraction * 10**9 >> 32)
    if kind == 19:
        address = ipaddress.IPv6Address(value)
        return str(address.ipv4_mapped or address)
    raise ValueError(f"type {kind}")
