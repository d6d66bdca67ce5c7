// SPDX-License-Identifier: BSD-3-Clause
//
// A user's own labels of flows, by the names and networks of their ends; tstat-labels(5).
//
//   auto rules = tstat::LabelRules::Read("labels.conf");
//   if (!rules.ok()) return rules.status();      // labels.conf:3: "10.0.0.0/33": the prefix ...
//   options.labels = *std::move(rules);          // FlowExtras::label of each flow
//   options.profile.label_column = true;         // and in rows
//
// Grammar: one rule a line, PATTERN -> LABEL; '#' begins a comment, empty lines are skipped.
//   www.example.org -> web            this name alone
//   *.example.org -> university       every name below, not example.org itself
//   .example.org -> university        both
//   * -> named                        every name
//   192.0.2.0/24 -> cdn               a network of either family; an address alone is one of one
// Letters of either case are the same, a dot at the end of a name is nothing. A label is one word
// of printable ASCII characters, not "-". Two rules of one pattern are an error, unless they say
// the same.
#ifndef TSTAT_LABELS_H_
#define TSTAT_LABELS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/ip_address.h"
#include "tstat/tcp_flow.h"
#include "tstat/text_file.h"
#include "tstat/udp_flow.h"

namespace tstat::inline v1 {

class TSTAT_EXPORT LabelRules {
 public:
  static constexpr size_t kMostRules = 1'000'000;
  static constexpr size_t kLongestName = 253;  // bytes, of a name of DNS as text
  static constexpr size_t kLongestLabel = 63;  // bytes

  // InvalidArgument "NAME:LINE: ..." with the offending text.
  static absl::StatusOr<std::shared_ptr<const LabelRules>> Parse(std::string_view text,
                                                                 std::string_view name);
  // The same of a file. Errors also: those of ReadTextFile.
  static absl::StatusOr<std::shared_ptr<const LabelRules>> Read(
      const std::string& path, TextSource source = TextSource::kAny);
  ~LabelRules();
  LabelRules(const LabelRules&) = delete;
  LabelRules& operator=(const LabelRules&) = delete;

  // Of the rule for the name itself, else of that for the longest domain that it is in. ":PORT"
  // behind the name is left out. Empty: no rule fits. What is returned lives as long as the rules.
  [[nodiscard]] std::string_view OfName(std::string_view name) const;
  // Of the longest prefix.
  [[nodiscard]] std::string_view OfAddress(const IpAddress& address) const;

  // Names go before addresses, and of either the first that a rule fits: the name that the client
  // asks for in TLS or QUIC, the one in HTTP, the one that it resolved; the server's address, the
  // client's. An address that is to be anonymised is none.
  [[nodiscard]] std::string_view Of(const TcpFlow& flow) const;
  [[nodiscard]] std::string_view Of(const UdpFlow& flow) const;

  [[nodiscard]] size_t size() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  explicit LabelRules(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_LABELS_H_
