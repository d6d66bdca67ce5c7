// SPDX-License-Identifier: BSD-3-Clause
//
// Prints each TLS flow of a trace: the name that the client asked for, the name in the server's
// certificate, and the name that the client had resolved to find the server.
//
//   print_tls trace.pcap
#include <cstdio>
#include <string>

#include "tstat/analyzer.h"
#include "tstat/tls.h"

namespace {

const char* OrDash(const std::string& text) { return text.empty() ? "-" : text.c_str(); }

class TlsPrinter : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override { return tstat::Event::kTlsHandshake; }

  void OnTlsHandshake(const tstat::TlsHandshake& h) override {
    const auto& [client, server, resolution] = h.endpoints;
    std::printf("%s:%u -> %s:%u  SNI %s  certificate %s  DNS %s%s%s\n",
                client.address.ToString().c_str(), client.port, server.address.ToString().c_str(),
                server.port, OrDash(h.server_name), OrDash(h.common_name),
                resolution ? OrDash(resolution->name) : "-",
                h.server_negotiation & tstat::tls_negotiation::kAlpnHttp2 ? "  HTTP/2" : "",
                h.answered ? "" : "  (not answered)");
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: print_tls TRACE\n");
    return 2;
  }
  auto source = tstat::OpenTrace(argv[1]);
  if (!source.ok()) {
    std::fprintf(stderr, "%s\n", source.status().ToString().c_str());
    return 1;
  }
  TlsPrinter printer;
  tstat::Analyzer analyzer(tstat::AnalyzerOptions{});
  analyzer.AddSink(&printer);
  return analyzer.Run(**source).ok() ? 0 : 1;
}
