// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the input is a list of calls of tstat.h, in any order, with any arguments, from
// call-backs, too. Nothing is written: names of files are those of none.
//
//   byte 0     what call-backs do: bits of kDrive, kStop, kRead
//   then calls the number of one (index into kCalls), then what it reads of the input
//
// Properties: a status is one that has a name; a session that was stopped takes nothing; a packet
// that is refused leaves its result; the values of rows fit their types.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>

#include "decode/byte_reader.h"
#include "tstat.h"

namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}
int Known(int status) {
  Require(std::strcmp(tstat_status_name(status), "?") != 0, "a status without a name");
  return status;
}

class Calls {
 public:
  static constexpr unsigned kDrive = 1, kStop = 2, kRead = 4;

  Calls(const uint8_t* data, size_t size) : input_({data, size}), behaviour_(Byte()) {}
  ~Calls() { Known(tstat_session_free(session_)); }
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  void Run() {
    while (input_.Has(at_, 1)) {
      if (session_ == nullptr) Open();
      const auto call = kCalls[Byte() % std::size(kCalls)];
      (this->*call)();
    }
  }

 private:
  using Call = void (Calls::*)();

  // Small tables: large ones would only make the search slow.
  void Open() {
    session_ = tstat_session_new();
    static constexpr const char* kSmall[][2] = {
        {"Max_TCP_Pairs", "64"},  {"Max_UDP_Pairs", "64"},  {"Hash_Table_Size", "101"},
        {"GC_Split_Ratio", "64"}, {"DNS_Cache_Size", "16"}, {"DNS_Cache_Size_IPv6", "16"},
        {"Max_ADX_Slots", "101"}};
    for (const auto& [key, value] : kSmall) {
      Require(tstat_session_set_key(session_, key, value) == TSTAT_OK, "a key is not known");
    }
  }

  uint8_t Byte() { return input_.U8(at_++); }
  uint64_t Number() {
    uint64_t number = 0;
    for (unsigned n = Byte() % 9; n > 0; --n) number = number << 8 | Byte();
    return number;
  }
  // A text of the list, or any, or none.
  template <size_t kCount>
  const char* Text(const char* const (&list)[kCount]) {
    const uint8_t which = Byte();
    if (which < kCount) return list[which];
    if (which == 255) return nullptr;
    text_.clear();
    for (unsigned n = which % 24; n > 0; --n) text_.push_back(static_cast<char>(Byte()));
    return text_.c_str();
  }

  void Options() {
    static constexpr const char* kNames[] = {
        "no-udp",  "u",         "compat",       "bpf",           "internal-nets",
        "globals", "max-flows", "histo-empty",  "concatenate",   "strict-privacy",
        "live",    "stream",    "address-mask", "no-histograms", "snapshot-length"};
    static constexpr const char* kValues[] = {"", "1", "0", "3.3", "tcp", "/none/file", "skip"};
    const std::string name = Guarded(Text(kNames));
    Known(tstat_session_set(session_, name.c_str(), Text(kValues)));
    Known(tstat_session_set(session_, nullptr, nullptr));
  }
  // No option that writes.
  static std::string Guarded(const char* name) {
    const std::string text = name != nullptr ? name : "";
    static constexpr const char* kWriting[] = {"s",       "output-dir", "output-by-trace", "r",
                                               "rrd-dir", "T",          "runtime-config"};
    for (const char* writing : kWriting) {
      if (text == writing) return "";
    }
    return text;
  }
  void Keys() {
    static constexpr const char* kNames[] = {"Max_TCP_Pairs", "max_udp_pairs",   "Dirs",
                                             "Max_Time_Step", "GC_Split_Ratio",  "httplog_full_url",
                                             "tcp_complete",  "log_tcp_complete"};
    static constexpr const char* kValues[] = {"1", "64", "0", "0.5", "10000", "2"};
    const std::string name = Guarded(Text(kNames));
    Known(tstat_session_set_key(session_, name.c_str(), Text(kValues)));
  }
  void Histograms() {
    static constexpr const char* kParts[] = {"ip_protocol", "tcp_bitrate", "web_", "none"};
    const std::string part = Guarded(Text(kParts));
    if (!part.empty()) Known(tstat_session_select_histograms(session_, part.c_str()));
    Known(tstat_session_on_histograms(session_, OnSnapshot, this));
  }
  void CallBacks() {
    static constexpr const char* kTables[] = {"tcp_complete", "log_tcp_nocomplete", "udp_complete",
                                              "http_request", "log_http_complete"};
    const char* const name = Text(kTables);
    Known(tstat_session_on_row(session_, name, Byte() == 255 ? nullptr : OnRow, this));
    Known(tstat_session_on_batch(session_, name, Byte(), OnBatch, this));
    Known(tstat_session_on_event(session_, OnEvent, this));
    Known(tstat_session_on_tls(session_, OnTls, this));
    Known(tstat_session_on_notice(session_, OnNotice, this));
    Known(tstat_session_filter_flows(session_, Byte() % 4 == 0 ? OnFlow : nullptr, this));
  }
  void Start() { Known(tstat_session_start(session_)); }
  void Begin() { Known(tstat_session_begin_trace(session_, Byte() == 0 ? nullptr : "x", Byte())); }
  void End() { Known(tstat_session_end_trace(session_)); }
  void Finish() { Known(tstat_session_finish(session_)); }
  void Interrupt() {
    tstat_session_interrupt(session_);
    Known(tstat_session_run_trace(session_, "/none/trace.pcap"));
  }
  void Advance() { Known(tstat_session_advance_time(session_, static_cast<int64_t>(Number()))); }
  void NewOutput() {
    Known(tstat_session_new_output(session_, static_cast<int64_t>(Number()), nullptr));
  }
  void Reopen() {
    Known(tstat_session_free(session_));
    session_ = nullptr;
  }
  void Read() {
    int64_t number;
    uint64_t packets;
    const char* text = nullptr;
    for (size_t i = 0; tstat_statistic_name(i) != nullptr; ++i) {
      Known(tstat_session_statistic(session_, tstat_statistic_name(i), &number));
    }
    Known(tstat_session_dropped(session_, Byte(), &text, &packets));
    Known(tstat_session_take_problem(session_, &text));
    Known(tstat_session_for_each_flow(session_, OnFlow, this));
    Known(tstat_session_flush(session_));
    Known(tstat_session_retry(session_, static_cast<int64_t>(Number())));
    Known(tstat_session_reload(session_, "/none/runtime.conf"));
    Require(tstat_session_error(session_) != nullptr && tstat_session_report(session_) != nullptr &&
                tstat_session_directory(session_) != nullptr,
            "no text");
  }

  // A packet with bytes of the input, in a block of its own: a read one byte behind it is seen.
  void Feed() {
    tstat_packet packet = {};
    packet.struct_size = Byte() == 255 ? Byte() : sizeof(packet);
    time_ += int64_t{1} << (Byte() % 44);
    packet.time = Byte() == 255 ? static_cast<int64_t>(Number()) : time_;
    packet.link_type = Byte() == 255 ? int{Byte()} : int{TSTAT_LINK_ETHERNET};
    packet.origin = Byte() == 255 ? Byte() : 0;
    const size_t length = std::min<size_t>(static_cast<size_t>(Byte()) << 3, input_.size() - at_);
    const auto block = std::make_unique<uint8_t[]>(length);
    for (size_t i = 0; i < length; ++i) block[i] = Byte();
    packet.data = length > 0 ? block.get() : nullptr;
    packet.captured_length = static_cast<uint32_t>(length);
    int result = -1;
    const bool stopped = tstat_session_stop_value(session_) != 0;
    const int status = Known(tstat_session_feed(session_, &packet, &result));
    Require(!stopped || (status != TSTAT_OK && result == TSTAT_PACKET_NOT_TAKEN),
            "a session that was stopped took a packet");
    Require(status != TSTAT_OK || result > TSTAT_PACKET_NOT_TAKEN, "not taken, and no error");
    size_t taken = 0;
    Known(tstat_session_feed_many(session_, &packet, Byte() % 2, &taken));
    Require(taken <= 1, "more were taken than there are");
  }

  // What a call-back does beside reading: drives the session, asks for the end.
  int Answer() {
    if ((behaviour_ & kDrive) != 0) {
      Require(tstat_session_finish(session_) == TSTAT_BUSY, "finished within a call-back");
      Require(tstat_session_free(session_) == TSTAT_BUSY, "freed within a call-back");
      Require(tstat_session_end_trace(session_) == TSTAT_BUSY, "ended within a call-back");
    }
    return (behaviour_ & kStop) != 0 && ++answers_ % 5 == 0 ? 1 : 0;
  }

  static int OnRow(const tstat_row* row, void* user) {
    auto* const calls = static_cast<Calls*>(user);
    if ((calls->behaviour_ & kRead) != 0) ReadRow(row);
    return calls->Answer();
  }
  static void ReadRow(const tstat_row* row);
  static int OnBatch(const tstat_batch* batch, void* user) {
    tstat_table_info info = {};
    info.struct_size = sizeof(info);
    Require(tstat_table_describe(tstat_batch_table(batch), &info) == TSTAT_OK, "no table");
    Require(tstat_batch_rows(batch) > 0, "an empty batch");
    for (size_t i = 0; i < info.columns; ++i) {
      tstat_array array = {};
      array.struct_size = sizeof(array);
      const int status = Known(tstat_batch_column(batch, i, &array));
      Require(status != TSTAT_OK || array.rows == tstat_batch_rows(batch), "rows");
      Require(status != TSTAT_OK || array.offsets == nullptr ||
                  array.offsets[array.rows] == array.data_size,
              "offsets");
    }
    return static_cast<Calls*>(user)->Answer();
  }
  static int OnSnapshot(const tstat_snapshot* snapshot, void* user) {
    tstat_histogram histogram = {};
    histogram.struct_size = sizeof(histogram);
    for (size_t i = 0; tstat_snapshot_histogram(snapshot, i, &histogram) == TSTAT_OK; ++i) {
      Require(histogram.cell_count >= 2 && histogram.name[0] != 0, "a histogram without cells");
    }
    return static_cast<Calls*>(user)->Answer();
  }
  static int OnEvent(const tstat_event* event, void* user) {
    Require(event->kind >= TSTAT_NEW_OUTPUT && event->kind <= TSTAT_TRACE_END, "kind");
    return static_cast<Calls*>(user)->Answer();
  }
  static int OnTls(const tstat_tls* tls, void* user) {
    Require(tls->server_name != nullptr && tls->common_name != nullptr, "a handshake without text");
    return static_cast<Calls*>(user)->Answer();
  }
  static void OnNotice(int, const char* text, int64_t, void*) {
    Require(std::strlen(text) > 0, "an empty notice");
  }
  static int OnFlow(const tstat_flow* flow, void* user) {
    Require(flow->client.version == 4 || flow->client.version == 6, "version");
    return static_cast<Calls*>(user)->Answer();
  }

  static constexpr Call kCalls[] = {
      &Calls::Options,   &Calls::Keys, &Calls::Histograms, &Calls::CallBacks, &Calls::Start,
      &Calls::Begin,     &Calls::End,  &Calls::Finish,     &Calls::Interrupt, &Calls::Advance,
      &Calls::NewOutput, &Calls::Read, &Calls::Reopen,     &Calls::Feed,      &Calls::Feed};

  tstat::internal::ByteReader input_;
  size_t at_ = 0;
  unsigned behaviour_;
  unsigned answers_ = 0;
  int64_t time_ = 1'700'000'000'000'000'000;
  std::string text_;
  tstat_session* session_ = nullptr;
};

// Exactly one kind of access fits each column.
void Calls::ReadRow(const tstat_row* row) {
  tstat_table_info info = {};
  info.struct_size = sizeof(info);
  Require(tstat_table_describe(tstat_row_table(row), &info) == TSTAT_OK, "no table");
  for (size_t i = 0; i < info.columns; ++i) {
    uint64_t u;
    int64_t s;
    double d;
    int b = 0;
    tstat_text text = {};
    text.struct_size = sizeof(text);
    tstat_address address = {};
    address.struct_size = sizeof(address);
    const int statuses[] = {tstat_row_uint64(row, i, &u),  tstat_row_int64(row, i, &s),
                            tstat_row_bool(row, i, &b),    tstat_row_text(row, i, &text),
                            tstat_row_time(row, i, &s),    tstat_row_address(row, i, &address),
                            tstat_row_duration(row, i, &s)};
    const auto fits = std::count_if(std::begin(statuses), std::end(statuses),
                                    [](int status) { return status != TSTAT_WRONG_TYPE; });
    const int real = Known(tstat_row_double(row, i, &d));
    Require(fits == 1 || (fits == 0 && real != TSTAT_WRONG_TYPE), "not one kind of access");
    Require(b == 0 || b == 1, "a flag that is none");
    if (statuses[3] == TSTAT_OK) {
      size_t sum = 0;
      for (size_t k = 0; k < text.length; ++k) sum += static_cast<uint8_t>(text.bytes[k]);
      Require(sum <= 255 * text.length, "bytes");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Calls(data, size).Run();
  return 0;
}
