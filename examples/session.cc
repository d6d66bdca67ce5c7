// SPDX-License-Identifier: BSD-3-Clause
//
// Writes what `tstat -s OUT -N NETWORKS -H HISTOGRAMS TRACE` writes (directories, logs, histograms)
// without the command, and prints its closing report.
//
//   session out trace.pcap networks.conf histo.conf
#include "tstat/session.h"

#include <cstdio>
#include <string>

namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: session OUT TRACE NETWORKS HISTOGRAMS\n");
    return 2;
  }
  tstat::SessionOptions options;
  options.output_dir = argv[1];
  options.on_notice = [](const tstat::SessionNotice& notice) {
    std::fprintf(stderr, "%s\n", notice.text.c_str());
  };
  const auto messages =
      tstat::ReadSessionFiles({.internal_networks = argv[3], .histograms = argv[4]}, &options);
  if (!messages.ok()) return Fail(messages.status());
  for (const std::string& message : *messages) std::fprintf(stderr, "%s\n", message.c_str());

  const auto session = tstat::Session::Create(std::move(options));
  if (!session.ok()) return Fail(session.status());
  absl::Status status = (*session)->RunTrace(argv[2]);
  status.Update((*session)->Finish());
  std::fputs((*session)->Report().c_str(), stdout);
  return status.ok() ? 0 : Fail(status);
}
