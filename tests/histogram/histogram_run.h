// SPDX-License-Identifier: BSD-3-Clause
//
// What `tstat -s FOLDER -H all` would write: the whole analysis with the histogram files behind it.
//
//   HistogramRun run;                                  // every histogram
//   run.options().globals.max_time_step_s = 10;
//   TSTAT_NEEDS_REFERENCE(run.Traces({"instagram"}));  // reference traces, where there are any
//   run.Lines("000/ip_bitrate_in")                     // "0 7259;1 11;3 7271"
#ifndef TSTAT_TESTS_HISTOGRAM_HISTOGRAM_RUN_H_
#define TSTAT_TESTS_HISTOGRAM_HISTOGRAM_RUN_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/decode/frame_builder.h"
#include "tests/output/temporary_folder.h"
#include "tstat/analyzer.h"
#include "tstat/histogram.h"
#include "tstat/histogram_files.h"
#include "tstat/output_tree.h"
#include "tstat/packet_source.h"

namespace tstat::internal::testing {

// The networks of the worked examples: 10.0.0.0/8, 192.168.0.0/16, 172.16.0.0/12.
inline NetworkList PrivateNetworks() {
  NetworkList networks;
  networks.AddV4(0x0a000000, 0xff000000);
  networks.AddV4(0xc0a80000, 0xffff0000);
  networks.AddV4(0xac100000, 0xfff00000);
  return networks;
}

// Where the reference's traces are; they are no part of the project.
inline std::string ReferenceTrace(const std::string& name) {
  return std::string(TSTAT_SHARED_DIR) + "/golden/traces/" + name + ".pcap";
}

class HistogramRun {
 public:
  HistogramRun() {
    options_.internal = PrivateNetworks();
    selection_.addresses = true;
  }

  AnalyzerOptions& options() { return options_; }
  HistogramSelection& selection() { return selection_; }

  // False: a trace is missing.
  bool Traces(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (!std::filesystem::exists(ReferenceTrace(name))) return false;
    }
    Start();
    for (const std::string& name : names) {
      auto source = OpenTrace(ReferenceTrace(name));
      EXPECT_TRUE(source.ok()) << source.status();
      if (!source.ok()) return false;
      const TraceContext context{.is_stream = false, .is_last = name == names.back()};
      EXPECT_TRUE(analyzer_->Run(**source, context).ok());
    }
    return true;
  }

  // One trace of hand-made packets: Add, then Finish.
  void Add(double seconds, const Bytes& ip) {
    if (analyzer_ == nullptr) {
      Start();
      analyzer_->BeginTrace({});
    }
    Packet packet = PacketOf(ip, LinkType::kRaw);
    packet.time = Timestamp::FromMicroseconds(static_cast<int64_t>(1.5e15 + seconds * 1e6 + 0.5));
    analyzer_->Process(packet);
  }
  void Finish() { analyzer_->EndTrace(); }

  // The lines of a file without its header, of the trace's output directory.
  std::string Lines(const std::string& file, size_t trace = 0) const {
    std::istringstream in(ReadWholeFile(outputs_.at(trace) + "/" + file));
    std::string text;
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("#")) text += (text.empty() ? "" : ";") + line;
    }
    return text;
  }
  std::string FirstLine(const std::string& file) const {
    const std::string text = ReadWholeFile(outputs_.at(0) + "/" + file);
    return text.substr(0, text.find('\n'));
  }
  bool Exists(const std::string& file) const {
    return std::filesystem::exists(outputs_.at(0) + "/" + file);
  }

  // The output directory of the first trace.
  const std::string& output() const { return outputs_.at(0); }

  // In order: the directories made below the outputs, and seconds since the first packet.
  struct Made {
    std::string name;
    double seconds;
    friend bool operator==(const Made&, const Made&) = default;
    friend void PrintTo(const Made& made, std::ostream* out) {
      *out << made.name << " at " << made.seconds;
    }
  };
  const std::vector<Made>& made() const { return made_; }

 private:
  void Start() {
    selection_.SelectMatching("");
    options_.histograms = std::make_shared<const HistogramSelection>(selection_);
    tree_ = std::make_unique<OutputTree>(OutputTreeOptions{
        .directory = folder_.path(), .on_created = [this](const std::string& path, Timestamp time) {
          outputs_.push_back(path);
          if (outputs_.size() == 1) first_ = time;
        }});
    files_ = std::make_unique<HistogramFiles>(
        tree_.get(),
        HistogramFilesOptions{.on_created = [this](const std::string& path, Timestamp time) {
          made_.push_back({std::filesystem::path(path).filename().string(),
                           ElapsedMicroseconds(first_, time) / 1e6});
        }});
    analyzer_ = std::make_unique<Analyzer>(options_);
    analyzer_->AddSink(tree_.get());
    analyzer_->AddSink(files_.get());
  }

  TemporaryFolder folder_;
  AnalyzerOptions options_;
  HistogramSelection selection_;
  std::unique_ptr<OutputTree> tree_;
  std::unique_ptr<HistogramFiles> files_;
  std::unique_ptr<Analyzer> analyzer_;
  std::vector<std::string> outputs_;
  std::vector<Made> made_;
  Timestamp first_;
};

}  // namespace tstat::internal::testing

#endif  // TSTAT_TESTS_HISTOGRAM_HISTOGRAM_RUN_H_
