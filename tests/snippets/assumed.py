# SPDX-License-Identifier: BSD-3-Clause
"""What the usage in headers' comments assumes (extract.py)."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Wrap:
    """Code that is no statements: what stands before and after it."""
    before: str
    after: str = "};"


@dataclasses.dataclass(frozen=True)
class NoCode:
    """An indented block that is no code."""
    what: str


# What a sink has, beside what the snippet says.
MEMBERS = Wrap("struct Sink : EventSink { EventMask Wants() const override { return {}; }")

# One source file each.
GROUPS = {
    "public": ["include"],
    "sources": ["capture", "decode", "config", "output", "privacy", "reader", "schema", "startup"],
    "flows": ["flow", "tcp", "udp", "rtp", "names"],
    "layer7": ["l7"],
    "whole": ["histogram", "pipeline"],
}

INCLUDES = """
#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tstat/chat.h"
#include "tstat/dns.h"
#include "tstat/http_message.h"
#include "tstat/log_reader.h"
#include "tstat/media.h"
#include "tstat/memory_packet_source.h"
#include "tstat/schema.h"
#include "tstat/tls.h"
"""

HELPERS = """
template <typename... T>
void Use(const T&...) {}
template <typename... T>
void Show(const T&...) {}
template <typename... T>
void Print(const T&...) {}
template <typename... T>
void Write(const T&...) {}
// What a function that uses a snippet returns: anything.
struct Returned {
  template <typename T>
  Returned(const T&) {}  // NOLINT: implicit by design
};
"""

# What the insides call by the same name everywhere, by group; "" is for all.
COMMON = {
    "": """
extern CompatProfile profile;
extern Globals globals;
extern EventMask wants;
extern EventSink& sink;
extern Timestamp now;
extern Direction direction;
""",
    "public": "",
    "sources": """
extern const Packet& packet;
""",
    "flows": """
// OnOpen(step), OnSegment(step), OnClose(step) ...: a Step of each kind.
struct AnyStep {
  operator const OpenStep&() const;        // NOLINT: implicit by design
  operator const TcpSegmentStep&() const;  // NOLINT
  operator const UdpDatagramStep&() const;  // NOLINT
  operator const CloseStep&() const;       // NOLINT
};
extern AnyStep step;
extern const Datagram& datagram;
extern const UdpPayload& payload;
struct State {
  int packets = 0;
};
using Life = State;
""",
    "layer7": """
extern uint64_t flow_packets, packets;
extern std::shared_ptr<const SkypeModels> models;
extern const Datagram& datagram;
""",
    "whole": """
extern AnalyzerOptions options;
extern std::span<const Packet> packets;
extern const Datagram& datagram;
extern TcpLayer7Tracker& layer7;
""",
}

# By header, as it is included: the parameters of the function that the usage becomes, or a form for each of its blocks.
# Those that are not here assume nothing else.
FORMS = {
    "tstat/analyzer.h": "AnalyzerOptions options, EventSink& my_sink, Packet packet",
    "tstat/announced_media.h": "const UdpFlow& flow",
    "tstat/anonymizer.h": "SessionOptions& session_options, const IpAddress& address",
    "tstat/application.h": "const TcpFlow& flow",
    "tstat/column_batch.h": "const TcpFlow& flow",
    "tstat/dns.h": [MEMBERS],
    "tstat/dump_filter.h": [NoCode("the grammar of the file"), ""],
    "tstat/exports.h": "Analyzer& analyzer, LogReader& log_reader",
    "tstat/first_packets.h": "const TcpFlow& flow, std::vector<double> features",
    "tstat/flow_extras.h": "const TcpFlow& flow",
    "tstat/globals_config.h": "AnalyzerOptions options",
    "tstat/histogram.h": ["", "AnalyzerOptions options", MEMBERS],
    "tstat/histogram_config.h": ["AnalyzerOptions options", NoCode("the grammar of the file")],
    "tstat/histogram_files.h": "Analyzer& analyzer",
    "tstat/http_message.h": [MEMBERS],
    "tstat/labels.h": ["AnalyzerOptions options", NoCode("the grammar of the file")],
    "tstat/mapped_range.h": ["", Wrap("extern MappedRange range;", "")],
    "tstat/media.h": [MEMBERS],
    "tstat/memory_packet_source.h": "Analyzer& analyzer, std::span<const uint8_t> frame_bytes",
    "tstat/metrics.h": "Session& session",
    "tstat/network_files.h": ["AnalyzerOptions options", NoCode("the grammar of networks")],
    "tstat/ndpi.h": "AnalyzerOptions options",
    "tstat/networks.h": "AnalyzerOptions options",
    "tstat/output_keeper.h": "std::string present",
    "tstat/output_tree.h": "Analyzer& analyzer",
    "tstat/packet_dumps.h": "Analyzer& analyzer",
    "tstat/report.h": "Session* session, double elapsed_us",
    "tstat/rrd.h": ["Analyzer& analyzer, HistogramSelection selection, bool global, bool l3", NoCode("the grammar of the file")],
    "tstat/schema.h": [Wrap("", "")],
    "tstat/segment_verdict.h": "const FlowPacket& packet",
    "tstat/table_row.h": [Wrap("", "")],
    "tstat/text_logs.h": "Analyzer& analyzer",
    "tstat/time.h": "Timestamp syn_time",
    "tstat/tls.h": [MEMBERS],
    "tstat/value.h": "const Value& value",
    "tstat/value_statistics.h": "const ValueStatistics& of_another_thread",

    "capture/byte_stream.h": "int fd, std::string name, std::span<uint8_t> buffer",
    "capture/decompressor.h": "std::span<const uint8_t> first_bytes, std::unique_ptr<ByteStream> stream, std::string name",
    "capture/fault_injecting_source.h": "std::unique_ptr<PacketSource> inner",
    "capture/input_buffer.h": "InputBuffer& input",
    "capture/packet_arena.h": "PacketArena& arena, bool (*more)(), const Packet& packet_from_elsewhere, std::span<Packet> batch",
    "capture/pcap_format.h": "std::span<const uint8_t> first_24_bytes, std::string filter",
    "capture/pcapng_format.h": "std::string filter, std::span<const uint8_t> bytes, Packet packet",
    "capture/dpdk_source.h": "const LiveOptions& options",
    "capture/ring_merge.h": "void (*Fill)(PacketArena*), int64_t now_ns, std::span<Packet> batch, Timestamp time",
    "capture/ring_source.h": "std::vector<std::unique_ptr<PacketRing>> rings, uint64_t (*DroppedByInterface)(const char*)",
    "capture/xdp_source.h": "const LiveOptions& options",
    "capture/record_source.h": [Wrap("struct Format {")],
    "config/bayes_config.h": "std::string_view text",
    "config/descriptor.h": "const std::string& path",
    "decode/frame_decoder.h": "const Packet& packet, Datagram datagram",
    "decode/ip_packet.h": "const Part& part, Datagram datagram",
    "decode/layers.h": "uint64_t length",
    "decode/tunnels.h": "const IpPacket& ip, bool (*Try)(const Layer&)",
    "config/ini.h": [NoCode("the grammar of such files")],
    "output/destinations/backoff.h": "Backoff::RandomSource random, void (*wait)(std::chrono::nanoseconds)",
    "output/destinations/dead_letters.h": "SpoolFolder& folder, uint64_t limit, uint64_t bytes, const Batch& batch, int64_t now_s, bool is_full",
    "output/destinations/destination.h": "const Batch& batch, const std::stop_token& stop",
    "output/destinations/sections.h": "std::string_view rows, Batch& batch, void (*Send)(std::string_view)",
    "output/destinations/duckdb_library.h": "DuckDbDatabase database, DuckDbConfig config, char* error",
    "output/destinations/parquet_writer.h": "const TypedTable& table, std::span<const std::string_view> rows",
    "output/destinations/typed_rows.h": "const TypedTable& table, char* out, std::string_view bytes",
    "output/destinations/http_answer.h": "const Batch& batch, int64_t now_s",
    "output/loaded_library.h": "void* (*init)()",
    "output/destinations/ipfix_session.h": "const Batch& batch, int64_t now_s",
    "output/destinations/option_reader.h": "const DestinationOptionMap& options, std::string_view others, std::chrono::seconds timeout",
    "output/destinations/registry.h": [NoCode("addresses"), ""],
    "output/destinations/spool.h": "absl::StatusOr<std::unique_ptr<Destination>> destination, Batch batch",
    "output/destinations/spool_format.h": [NoCode("the bytes of files")],
    "output/destinations/spool_queue.h": "const std::string& path, Batch batch, SpoolQueue::Room room, const std::string& state, uint64_t dead_bytes, std::vector<std::string> notes",
    "output/dump_file.h": "FileOpener& files, Timestamp t, std::span<const uint8_t> bytes",
    "output/dump_rules.h": "const DumpSettings& settings, const DumpNameFilter& names, const FlowPacket& packet",
    "output/file_writer.h": "std::string_view row",
    "output/exports/export_text.h": "const ExportSettings& settings",
    "output/formats/clickhouse_schema.h": "const ExportSelection& selection, const RowTable& tcp_complete",
    "output/formats/export_options.h": "std::span<const std::string_view> allowed",
    "output/formats/export_selection.h": "const ExportDefaults& defaults, ExportOptions options, const TableRow& row",
    "output/formats/format.h": "const ExportDefaults& defaults, const TableRow& row",
    "output/formats/influx_format.h": [NoCode("the two forms")],
    "output/formats/ipfix_elements.h": "const RowTable& table, size_t column",
    "output/formats/record_rows.h": "std::shared_ptr<Anonymizer> anonymizer, const ExportFormat* format, BatchWriter& writer, Analyzer& analyzer",
    "output/rrd_process.h": "const RrdConfig& config, const RrdWriterOptions& options",
    "privacy/crypto_pan.h": "const AnonymizationKey& key, std::span<const uint8_t> address",
    "privacy/packet_anonymizer.h": "Anonymizer* anonymizer, std::span<const uint8_t> ip_packet",
    "reader/media_cells.h": "const TableRow& row, const std::vector<std::string_view>& cells, std::vector<Value>& values",
    "reader/line_source.h": "const std::string& path, size_t max_line_bytes",
    "schema/cell_text.h": [NoCode("a list")],
    "schema/column.h": [Wrap("""
template <auto kMember>
constexpr auto Of = [](const TcpFlow& flow, Direction sender) { return flow.of(sender).*kMember; };
constexpr auto Mss = [](const TcpFlow& flow, Direction sender) {
  return std::optional<uint16_t>(flow.of(sender).mss);
};
constexpr Column<TcpFlow> kFlow[] = {{"mss_of_client", type::kU16, "bytes", Format::kInt32, "", Of<&TcpDirection::mss>}};
""", "")],
    "schema/row_tables.h": "const TcpFlow& flow",
    "schema/log_schema.h": "const TcpFlow& flow, const RowContext& context, RowBuffer& row",

    "startup/command_line.h": [Wrap("Returned Parsed(const std::vector<std::string>& args) { using namespace cli;", "return 0; }")],
    "startup/console.h": [Wrap("void Told() { using namespace cli;", "}")],
    "startup/runtime_reload.h": [Wrap("void Followed(const cli::Settings& settings, Session& session, cli::Console& console) { using namespace cli;", "}")],
    "startup/startup.h": [Wrap("Returned Started(const std::vector<std::string>& arguments, cli::Console& console) { using namespace cli;", "return 0; }"),
                          Wrap("Returned OfAFile(cli::Console& console, cli::Settings& settings) { using namespace cli;", "return 0; }")],

    "decode/icmp_quote.h": "const Datagram& icmp",
    "decode/tcp_options.h": "const ByteReader& header",
    "flow/community_id.h": "uint16_t seed, TcpFlow record, Endpoints endpoints",
    "flow/first_packet_table.h": "FlowIndex flow, Timestamp time, TcpFlow record",
    "flow/flow_marks.h": "const TcpHeader& header, int side, FlowMarks marks, bool syn",
    "flow/closed_flow_memory.h": "uint32_t limit, const ClosedFlow& closed, const FlowKey& key, uint32_t hash",
    "flow/copy_filter.h": "double window_us, const TcpHeader& header, uint32_t flow_hash, uint64_t number, CopyFilter::History history",
    "flow/fragment_table.h": "Datagram datagram, const PacketFlags& flags",
    "flow/tcp_connection.h": "const TcpHeader& h, int self, bool by_reset, int64_t since_other_ns",
    "flow/digest.h": "std::span<const uint8_t> head, std::span<const uint8_t> body",
    "flow/eviction_order.h": "uint32_t flow, uint32_t number, Timestamp time, EvictionOrder::State (*state_of)(uint32_t), void (*for_each)(std::function<void(const EvictionOrder::Entry&)>), size_t live",
    "flow/flow_index.h": "const FlowKey& key, const HashKey& secret, FlowIndexTable& index, std::span<FlowKey> keys",
    "config/level_keys.h": "const RuntimeConfig& config",
    "flow/flow_shard.h": "FlowShard& shard, StepSink& steps, Timestamp latest, uint32_t i, uint64_t number, FlowTable& table, const Datagram& datagram, uint32_t hash, uint32_t flow",
    "flow/flow_table.h": "AnalyzerOptions options, NameSource& names, StepSink& step_sink, std::span<const Datagram> d, std::span<uint32_t> hash, std::span<uint32_t> flow, size_t n, uint64_t number, const PacketFlags* flags, Timestamp end_time, bool keep",
    "flow/huge_pages.h": [Wrap("using Cell = int; extern size_t n;", "")],
    "flow/interval_clock.h": "AnalyzerOptions options, Timestamp first_packet",
    "flow/keyed_hash.h": "uint32_t network, const uint64_t (&address_words)[2], uint16_t port",
    "flow/lane_slab.h": "size_t capacity, uint32_t lane",
    "flow/memory_plan.h": "AnalyzerOptions options",
    "flow/observer.h": "TcpTrackerOptions options, TcpLayer7Tracker& layer7, Observer& windows",
    "flow/stable_array.h": "uint32_t i, size_t max_flows",
    "l7/extras_tracker.h": "const CompatProfile& profile, const ExtrasOptions& options, FlowIndex flow, Direction direction, int64_t payload_bytes, const Datagram& datagram, TcpFlow record",
    "l7/ndpi/ndpi_tracker.h": "FlowIndex flow, const Datagram& datagram, tstat::FlowExtras extras",
    "l7/udp/application_tracker.h": "const UdpDatagramStep& step, const UdpPayload& payload, UdpFlow record",
    "l7/udp/applications.h": "ByteReader payload, size_t size, uint16_t source_port, uint16_t destination_port",
    "l7/udp/dtls_handshake.h": "const UdpPayload& payload, UdpFlow record",
    "l7/udp/hello_flows.h": "uint64_t offset, ByteReader piece",
    "l7/udp/hello_buffer.h": "HelloBuffer& buffer, uint64_t offset, ByteReader piece",
    "l7/udp/quic_handshake.h": "const UdpPayload& payload, UdpFlow record",
    "l7/udp/quic_keys.h": "uint32_t version, std::span<const uint8_t> connection_id",
    "l7/udp/quic_opener.h": "const QuicLongPacket& packet, const QuicClientKeys& keys, void (*visit)(uint64_t, ByteReader)",
    "l7/udp/quic_packet.h": "ByteReader rest",
    "names/dns_stream.h": "ByteReader bytes, DnsStreamGap gap, bool segment_start",
    "names/dns_transactions.h": "DnsTransactions& transactions, uint16_t id, size_t what, Timestamp time",
    "names/local_questions.h": "IpAddress client, Timestamp time",
    "pipeline/byte_arena.h": "const Packet& packet",
    "pipeline/packet_block.h": "const Packet& packet, Front& front",
    "pipeline/kept_events.h": "const TcpSegmentStep& step, const TcpFlow& flow, EventSink& sinks, OrderedAverages& averages",
    "pipeline/kept_steps.h": "const TcpSegmentStep& step, const KeptSteps& others, Lane& lane, EventQueue& queue",
    "pipeline/lane_threads.h": "unsigned workers, LaneSplit split, Merge& merge, Lane& lane, const TcpSegmentStep& step",
    "pipeline/dns_streams.h": "DnsCache& cache, uint64_t flow_number, const TcpSegmentStep& step",
    "l7/sip/announced_calls.h": "std::string_view payload, Timestamp time, uint64_t number, IpAddress address, uint16_t port, UdpFlow record",
    "l7/sip/sip_message.h": "std::string_view payload, std::vector<std::string> calls",
    "pipeline/sip_calls.h": "FlowTable& table",
    "names/dns_addresses.h": "const DnsWire& message",
    "rtp/rtp_sequence.h": "RtpHeader header, RtpStream stream",
    "l7/http/growing_text.h": "TextBudget budget",
    "l7/http/hpack.h": "const ByteReader& fragment, HpackDecoder::Value& value, HpackReceiver& receiver",
    "l7/http/http1_direction.h": [Wrap("void Report(const HttpMessage&); void Heads(Http1Direction& direction, ByteReader bytes, bool segment_start, Timestamp time, HttpHeadPool heads) {", "}")],
    "l7/http/http2_direction.h": [Wrap("void Report(const HttpMessage&); void Heads(Http2Direction& direction, ByteReader bytes, Timestamp time, HttpHeadPool heads) {", "}")],
    "l7/http/http_connection.h": "const ByteReader& bytes, Timestamp time, HttpMemory& memory, HttpReceiver& receiver",
    "l7/http/http_field.h": "",
    "l7/http/http_head.h": "HttpHeadPool heads, Timestamp time",
    "names/dns_log.h": "const UdpDatagramStep& step, const Endpoints& endpoints, uint64_t flow_number, ByteReader message, const DnsLog::Origin& origin",
    "names/dns_message.h": "ByteReader captured, size_t bytes",
    "names/dns_presentation.h": "const DnsWire& wire, const DnsRecordView& record",
    "names/dns_wire.h": "ByteReader captured, size_t message_bytes, uint32_t pointers",
    "names/dns_cache.h": "Timestamp request_time, Timestamp response_time, Endpoints endpoints, IpAddress client_address, IpAddress server_address",
    "rtp/jitter_estimator.h": "double arrival_ms, double media_ms, RtpStream stream",
    "rtp/media_tracker.h": "RtcpRules rtcp_rules, Observer* observer, const UdpDatagramStep& step, Endpoints ends, int64_t bytes, MediaFlow flow, Direction sender",
    "rtp/rtcp_receiver.h": "RtcpHeader header, RtcpRules rules, RtcpReceiver& other",
    "rtp/rtp_header.h": "ByteReader payload",
    "rtp/rtp_plus_stream.h": "RtpHeader header, int32_t payload_bytes",
    "rtp/rtp_receiver.h": "RtpHeader header, uint32_t payload_bytes",
    "tcp/message_tracker.h": "MessageTracker& messages, bool ack, bool psh, bool fin, SequenceNumber end, SequenceNumber isn, MessageTracker::Pool& pool",
    "tcp/needless_counter.h": "SequenceNumber first, SequenceNumber end, SequenceNumber acknowledged, Timestamp now, Timestamp since",
    "tcp/option_tracker.h": "OptionTracker& options, ByteReader tcp_bytes, TcpHeader header, bool syn, TcpDirectionState& self, TcpDirectionState& other",
    "tcp/rate_sampler.h": "RateSampler& sampler, uint32_t bytes, int64_t period, RateStatistics statistics, RateStatistics client_statistics",
    "tcp/rtt_estimator.h": "RttEstimator& rtt",
    "tcp/reported_totals.h": "FlowIndex flow, TcpFlow record, TcpFlowState& state, TcpColdState& cold, TcpPools& pools",
    "tcp/retransmission_judge.h": "const RetransmissionEvidence& evidence, const PathRoundTrips& path, AnomalyCounts anomalies",
    "tcp/rtt_quantiles.h": "RttQuantiles::Pools& pools",
    "tcp/segment_options.h": "unsigned header_length",
    "tcp/segment_classifier.h": "SegmentClassifier::Context context, const SequenceAnomaly& anomaly, AnomalyCounts counts",
    "tcp/sequence_space.h": "SequenceNumber first, uint32_t length, uint16_t ip_id, int32_t max_records, SequencePools& pools, AnomalyClassifier classify, SequenceNumber ack, RttEstimator& rtt",
    "tcp/tcp_periodic.h": "const TcpMeasured& measured",
    "tcp/true_measurements.h": "size_t max_flows, FlowIndex flow, const TrueMeasurements::Segment& segment, size_t side, const TrueSequenceSpace& space, TcpDirection direction",
    "tcp/true_sequence_space.h": "SequenceNumber isn, SequenceNumber first, SequenceNumber end, bool below, SequenceNumber number, TrueSequenceSpace::Pools& pools",
    "tcp/tcp_tracker.h": "TcpLayer7Tracker& layer7",

    "l7/chat/chat_state.h": "ByteReader payload, ChatState state, int running_chats",
    "l7/http/content.h": "ByteReader payload",
    "l7/http/message_parser.h": "ByteReader payload, HttpSplitState split",
    "l7/http/url_rule.h": [Wrap("""
constexpr uint8_t kWikipedia = 1, kSocial = 2;
constexpr std::string_view kPages[] = {"a", "b"};
Returned Url(ByteReader url) {""", "return code; }")],
    "l7/prefix.h": "ByteReader payload",
    "l7/skype/bayes.h": "BayesModel model",
    "l7/skype/randomness.h": "ByteReader payload, double expected",
    "l7/skype/skype_tcp.h": "const TcpLayer7Input& input",
    "l7/skype/skype_udp.h": "const UdpPayload& payload, int32_t size, Timestamp first, std::array<SkypeUdpTracker::Side, 2> sides",
    "l7/stream/ordered_stream.h": "OrderedStream& stream, uint32_t isn, const OrderedStream::Segment& segment, StreamPosition at, StreamReader& reader, uint32_t held, StreamBuffers& buffers",
    "l7/stream/preamble.h": "const ByteReader& bytes",
    "l7/stream/stream_protocol.h": [NoCode("a class in outline")],
    "l7/stream/stream_tracker.h": "const StreamOptions& options, EventSink& sink, const TcpLayer7Input& input, TcpLayer7Flow& flow, const CloseStep& step, TcpFlow record",
    "l7/tcp/layer7.h": "bool strict_privacy, const TcpLayer7Input& input, const CloseStep& step, Endpoints endpoints, TcpFlow record",
    "l7/tls/certificate.h": "ByteReader der",
    "l7/tls/client_hello.h": "ByteReader body",
    "l7/tls/tls.h": "ByteReader payload",
    "l7/udp/behaviour.h": "const UdpPayload& payload",
    "l7/udp/classifier.h": "SkypeUdpTracker::Side side, const UdpPayload& payload",
    "l7/udp/google_quic.h": "const UdpPayload& payload",
    "l7/udp/obfuscated_kad.h": "uint16_t length_field",
    "l7/udp/payload.h": "UdpHeader header",
    "l7/udp/quic.h": "UdpFlow record, const UdpPayload& payload",
    "l7/udp/quic_initial.h": "QuicInitialDecryptor& decryptor, QuicHelloBuffer& buffer, ByteReader packet, size_t packet_number_at, std::span<const uint8_t> connection_id, uint64_t packet_length, QuicHello found",
    "l7/udp/quic_varint.h": "ByteReader bytes, size_t offset",
    "l7/udp/sye.h": "const UdpPayload& payload",
    "l7/udp/utp.h": "const UdpPayload& payload",
    "l7/udp/vod.h": "const UdpPayload& payload, bool found",
    "l7/video/container.h": "ByteReader data",
    "l7/video/content_type.h": "ByteReader payload",
    "l7/video/metadata.h": "ByteReader data",
    "l7/video/youtube_url.h": "ByteReader payload",

    "histogram/address_counters.h": "uint32_t address",
    "histogram/engine.h": "EventSink& sinks, HistogramFamily family, HistogramSuffix suffix, IntervalStep step",
    "histogram/observer.h": "HistogramRecorder& recorder, OrderedAverages& averages, TcpTrackerOptions options",
    "histogram/ordered_averages.h": "uint64_t received, uint64_t missed, Timestamp end",
    "histogram/packet_observer.h": "PacketObserver& observer, const PacketFlags& flags, FlowResult result",
    "histogram/recorder.h": "HistogramSelection selection, SuffixPair suffixes, HistogramRecorder& partial",
    "histogram/time_average.h": "Timestamp later, Timestamp end",
    "pipeline/flow_packets.h": "EventSink& events, LaneSplit split, uint32_t lane, TcpTracker& tcp, const TcpSegmentStep& step",
    "pipeline/front.h": "Lane& lane, Merge& merge",
    "pipeline/lane.h": "EventSink& events, Histograms* histograms, NameSource& names",
    "pipeline/time_order.h": "TimeOrder::Take take",
    "pipeline/unread_packets.h": "const Packet& packet, Statistics statistics",
    "pipeline/session_outputs.h": "SessionOptions options, Analyzer& analyzer",
}

# Public headers without usage, and why.
WITHOUT_USAGE = {
    "tstat/argument_file.h": "one function",
    "tstat/chat.h": "a record; tstat/event_sink.h shows how records come",
    "tstat/event_mask.h": "its comment is the usage: kinds joined by |",
    "tstat/export.h": "macros for the library itself",
    "tstat/flow.h": "parts of records",
    "tstat/flow_codes.h": "tables, used as those of tstat/codes.h",
    "tstat/handshake_details.h": "a part of records",
    "tstat/histogram_codes.h": "tables, used as those of tstat/codes.h",
    "tstat/ip_address.h": "a value",
    "tstat/options.h": "aggregates; tstat/analyzer.h takes them",
    "tstat/packet.h": "a view; tstat/packet_source.h gives them",
    "tstat/packet_result.h": "codes; tstat/analyzer.h gives them",
    "tstat/periodic.h": "records",
    "tstat/statistics.h": "counters; tstat/analyzer.h gives them",
    "tstat/tcp_flow.h": "a record",
    "tstat/tunnel.h": "a part of records",
    "tstat/udp_flow.h": "a record",
    "tstat/video.h": "a record",
}
