// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include "l7/stream/dns.h"
#include "l7/stream/http_stream.h"
#include "l7/stream/preamble.h"
#include "l7/stream/stream_protocol.h"
#include "l7/tcp/ssh_stream.h"
#include "l7/tls/tls_stream.h"

namespace tstat::internal {

std::array<std::unique_ptr<StreamProtocol>, kStreamReaders> MakeStreamProtocols(
    const StreamOptions& options, EventSink* out) {
  std::array<std::unique_ptr<StreamProtocol>, kStreamReaders> protocols;
  const auto at = [&protocols](StreamReaderId id) -> std::unique_ptr<StreamProtocol>& {
    return protocols[static_cast<size_t>(id)];
  };
  at(StreamReaderId::kTls) = std::make_unique<TlsStreamProtocol>(options, out);
  at(StreamReaderId::kSsh) = std::make_unique<SshStreamProtocol>(options);
  at(StreamReaderId::kSocks) = std::make_unique<SocksReader>();
  at(StreamReaderId::kProxyHeader) = std::make_unique<ProxyHeaderReader>();
  at(StreamReaderId::kHttp) = std::make_unique<HttpStream>(options, out);
  // Else log_dns_complete has what Tstat's has.
  if (options.replaces_old()) at(StreamReaderId::kDns) = std::make_unique<DnsStream>(out);
  return protocols;
}

}  // namespace tstat::internal
