// SPDX-License-Identifier: BSD-3-Clause
//
// DN-Hunter: remembers which server addresses were told to which client under which name, so that a
// flow can be given the name that its client asked for.
//
//   DnsCache cache({.v4_entries = 100000, .v6_entries = 1000}, &sink);
//   cache.OnDatagram(datagram, request_time, response_time);   // every one of DNS, see below
//   endpoints.resolution = cache.Lookup(client_address, server_address);
//
// Responses go through a ring per IP version, filled in rotation; there are no time-outs, a lookup
// refreshes nothing, and only this exact pair (client, server) is found. Not thread-safe; the
// results may be used on any thread and outlive the cache.
#ifndef TSTAT_NAMES_DNS_CACHE_H_
#define TSTAT_NAMES_DNS_CACHE_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "decode/byte_reader.h"
#include "decode/datagram.h"
#include "flow/endpoint_classifier.h"
#include "flow/keyed_hash.h"
#include "names/dns.h"
#include "names/dns_addresses.h"
#include "names/dns_questions.h"
#include "names/local_questions.h"
#include "tstat/event_sink.h"
#include "tstat/flow.h"
#include "tstat/ip_address.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::internal {

struct DnsCacheOptions {
  uint32_t v4_entries = 100000;  // Globals::dns_cache_size
  uint32_t v6_entries = 1000;    // Globals::dns_cache_size_ipv6
  bool unasked = true;           // CompatProfile::dns_unasked
  bool all_names = false;        // all that a message tells, by the rules of docs/truth.md
  // Says which resolvers are to be anonymised; null: none. It must outlive the cache.
  const EndpointClassifier* classifier = nullptr;
  size_t questions = DnsQuestions::kMaxQuestions;  // that are remembered
  // AnalyzerOptions::on_dns_cache_full
  std::function<void(bool is_v6, uint32_t size, Timestamp time)> on_full = nullptr;
};

class DnsCache {
 public:
  // `out` may be nullptr; otherwise it is told of every stored answer (Event::kDnsResolution).
  explicit DnsCache(const DnsCacheOptions& options, EventSink* out = nullptr);
  ~DnsCache();
  DnsCache(const DnsCache&) = delete;
  DnsCache& operator=(const DnsCache&) = delete;

  static constexpr uint16_t kMaxAnswers = 30;

  // True for a UDP datagram that Feed() wants: source or destination port 53, QR set, 1 to
  // kMaxAnswers answers. REQUIRES: transport == kUdp and !truncated.
  static bool IsResponse(const Datagram& d) {
    assert(d.transport == Transport::kUdp && !d.truncated);
    if (d.source_port != 53 && d.destination_port != 53) return false;
    const ByteReader message = DnsMessage(d);
    const uint16_t answers = message.U16(dns_header::kAnswerCount);
    return (message.U8(dns_header::kFlags) & dns_header::kIsResponse) != 0 && answers >= 1 &&
           answers <= kMaxAnswers;
  }

  // Multicast DNS or link-local names (RFC 6762, RFC 4795), and not DNS of a host that uses their
  // port.
  static bool IsLocal(const Datagram& d) {
    const auto has_port = [&d](uint16_t p) {
      return d.source_port == p || d.destination_port == p;
    };
    return !has_port(53) && (has_port(5353) || has_port(5355));
  }

  // A UDP datagram to or from port 53, a local one, or with `all_names` one of any port of which
  // NameSource::MayBeDnsElsewhere holds: there names are only taken from the answer to a question.
  // REQUIRES: that `d` was not dropped as a duplicate. The order of its Step, and the number of its
  // flow.
  void OnDatagram(const Datagram& d, Timestamp request_time, Timestamp response_time,
                  OrderKey order = {}, uint64_t flow_number = 0);

  // Stores the addresses of a response, if it has any and, where that is asked for, somebody asked.
  // REQUIRES: IsResponse(d), and that `d` was not dropped as a duplicate. `request_time`: of the
  // latest client-to-server packet of its UDP flow; `response_time`: of the latest server-to-client
  // packet of it (-1 s while there is none, which happens when the response opened the flow).
  void Feed(const Datagram& d, Timestamp request_time, Timestamp response_time, OrderKey order = {},
            uint64_t flow_number = 0);

  // With DnsCacheOptions::all_names. A response of `answer.resolver` that `answer.client` asked
  // for.
  struct Answer {
    IpAddress client, resolver;
    Timestamp request_time, response_time;
    OrderKey order;
    uint64_t flow_number = 0;
  };
  void Store(const DnsAddresses& found, const Answer& answer);
  // The same of a response in a TCP stream. `asked`: when, if somebody did.
  void TakeStreamAnswer(const DnsWire& message, std::optional<Timestamp> asked,
                        const Answer& answer);

  // What `client` asked for to get `server`; nullptr if unknown. Both of the same IP version.
  std::shared_ptr<const DnsResolution> Lookup(const IpAddress& client,
                                              const IpAddress& server) const;

  // Adds the tables, by name.
  void AddTo(Statistics* statistics) const;

  // Times that a ring began to overwrite its oldest entries.
  uint64_t wraps() const { return v4_.wraps + v6_.wraps; }
  // Answers with addresses that nobody asked for, and that were not stored for it.
  uint64_t unasked() const { return unasked_; }

 private:
  // One IP version's ring. Key: (client, server).
  template <typename Address>
  struct Ring {
    struct Entry {
      Address client{};
      std::vector<Address> servers;
      std::shared_ptr<const DnsResolution> resolution;
    };
    using Key = std::pair<Address, Address>;
    // Who answers questions chooses both addresses.
    struct KeyHash {
      size_t operator()(const Key& pair) const;
      HashKey key = HashKey::Random();
    };

    // True when the ring is full now.
    bool Insert(const Address& client, std::span<const Address> servers,
                const std::shared_ptr<const DnsResolution>& resolution);
    void Forget(const Entry& entry);
    std::shared_ptr<const DnsResolution> Find(const Key& key) const;

    uint32_t size = 0;
    uint32_t position = 0;
    bool keeps_newer = false;  // all_names
    uint64_t wraps = 0;
    std::vector<Entry> entries;
    absl::flat_hash_map<Key, uint32_t, KeyHash> index;  // -> entry
  };
  void TakeAll(const Datagram& d, Timestamp request_time, OrderKey order, uint64_t flow_number);
  void TakeElsewhere(const Datagram& d, OrderKey order, uint64_t flow_number);
  std::optional<Timestamp> AskedAt(const Datagram& d, const DnsAddresses::Named& named) const;
  void TakeLocal(const Datagram& d, OrderKey order, uint64_t flow_number);

  using V4 = uint32_t;
  using V6 = std::array<uint8_t, 16>;

  Ring<V4> v4_;
  Ring<V6> v6_;
  EventSink* out_;
  const EndpointClassifier* classifier_;
  std::function<void(bool is_v6, uint32_t size, Timestamp time)> on_full_;
  std::unique_ptr<DnsQuestions> questions_;  // null: they do not matter
  bool all_names_;
  bool asked_only_;
  DnsAddresses found_;  // reused
  LocalQuestions local_;
  uint64_t unasked_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_CACHE_H_
