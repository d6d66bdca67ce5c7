// SPDX-License-Identifier: BSD-3-Clause
//
// A program with a shared libtstat: its sinks, exceptions and types, and the library's tables, are
// the same on both sides. Prints nothing when they are.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <typeinfo>

#include "absl/status/status.h"
#include "tstat/analyzer.h"
#include "tstat/codes.h"
#include "tstat/output_tree.h"
#include "tstat/packet_source.h"
#include "tstat/schema.h"
#include "tstat/tcp_flow.h"

namespace {

int failures = 0;
void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "shared_api: %s\n", what);
  ++failures;
}

class Sink : public tstat::EventSink {
 public:
  explicit Sink(bool throws) : throws_(throws) {}
  tstat::EventMask Wants() const override { return tstat::Event::kTcpFlow; }
  void OnTcpFlow(const tstat::TcpFlow&) override {
    ++flows;
    if (throws_) throw std::runtime_error("thrown by the program");
  }
  int flows = 0;

 private:
  bool throws_;
};

absl::Status Run(const char* trace, Sink* sink) {
  auto source = tstat::OpenTrace(trace);
  if (!source.ok()) return source.status();
  // The library's object by the program's typeinfo.
  Expect(dynamic_cast<tstat::PacketSource*>(source->get()) != nullptr, "a source has no type");
  tstat::Analyzer analyzer({});
  analyzer.AddSink(sink);
  return analyzer.Run(**source);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Sink counts(/*throws=*/false), throws(/*throws=*/true);
  Expect(Run(argv[1], &counts).ok(), "the run failed");
  Expect(counts.flows == 8, "not 8 flows");
  const absl::Status status = Run(argv[1], &throws);
  Expect(status.code() == absl::StatusCode::kInternal &&
             std::string_view(status.message().data(), status.message().size())
                     .find("thrown by the program") != std::string_view::npos,
         "an exception of a sink did not become a status");

  // A class of the library, by the interface that the program sees.
  auto tree = std::make_unique<tstat::OutputTree>(tstat::OutputTreeOptions{});
  tstat::EventSink* sink = tree.get();
  Expect(dynamic_cast<tstat::OutputTree*>(sink) == tree.get(),
         "dynamic_cast to a class of the library");
  Expect(typeid(*sink) == typeid(tstat::OutputTree), "typeid of a class of the library");

  bool found = false;
  for (const auto& column : tstat::TcpCompleteTable().columns()) {
    if (column.info.Name() != "con_t") continue;
    found = true;
    Expect(column.info.type.codes == &tstat::kConnectionTypeCodes,
           "a table of codes is there twice");
  }
  Expect(found, "no column con_t");
  return failures == 0 ? 0 : 1;
}
