// SPDX-License-Identifier: BSD-3-Clause
//
// How good were the calls of a trace: loss, jitter and an estimate of what the listeners thought,
// for each RTP stream. An addition: Tstat itself does not rate calls.
//
//   call_quality trace.pcap
//
// The rating is the E-model's (ITU-T G.107): a factor R from 0 to 100 and the mean opinion score
// that belongs to it, from 1 (bad) to 4.4. What a trace at one point cannot tell has its default
// value: no echo, no noise, a network delay of 100 ms and a jitter buffer of twice the jitter.
#include <algorithm>
#include <cstdio>
#include <string>

#include "tstat/analyzer.h"
#include "tstat/media.h"

namespace {

// Impairment of codecs and how well they hide losses (ITU-T G.113, appendix I).
struct Codec {
  int payload_type;
  const char* name;
  double impairment;  // Ie
  double robustness;  // Bpl
};
constexpr Codec kCodecs[] = {{0, "PCMU", 0, 25.1},
                             {8, "PCMA", 0, 25.1},
                             {3, "GSM", 20, 10},
                             {4, "G.723", 15, 16.1},
                             {18, "G.729", 11, 19}};
constexpr Codec kUnknown = {-1, "?", 5, 15};  // a guess

const Codec& CodecOf(int payload_type) {
  for (const Codec& codec : kCodecs) {
    if (codec.payload_type == payload_type) return codec;
  }
  return kUnknown;
}

// ITU-T G.107, 7.1 and annex B.
double RFactor(const Codec& codec, double loss_percent, double delay_ms) {
  const double base = 93.2;  // all other inputs at their defaults
  const double delay = 0.024 * delay_ms + (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0);
  const double equipment =
      codec.impairment + (95 - codec.impairment) * loss_percent / (loss_percent + codec.robustness);
  return base - delay - equipment;
}
double MeanOpinionScore(double r) {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
}

std::string Name(const tstat::Endpoint& e) {
  return e.address.ToString() + " " + std::to_string(e.port);
}

class Printer : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override { return tstat::Event::kMediaFlow; }

  void OnMediaFlow(const tstat::MediaFlow& media) override {
    for (const auto sender :
         {tstat::Direction::kClientToServer, tstat::Direction::kServerToClient}) {
      const tstat::MediaDirection& reports = media.of(tstat::Opposite(sender));
      for (const tstat::RtpStream& stream : media.of(sender).rtp) {
        Print(media.endpoints(), sender, stream, reports);
      }
    }
  }

 private:
  static void Print(const tstat::Endpoints& ends, tstat::Direction sender,
                    const tstat::RtpStream& s, const tstat::MediaDirection& reports) {
    constexpr double kNetworkDelayMs = 100;
    // Half of the round trip, if the streams share their ports with RTCP.
    double delay_ms = kNetworkDelayMs;
    for (const tstat::RtcpStream& r : reports.rtcp) {
      if (r.rtt_samples > 0) delay_ms = r.rtt_sum_ms / r.rtt_samples / 2;
    }
    // What comes too late for the jitter buffer is lost, too.
    const auto expected = static_cast<double>(s.packets - s.duplicates + s.lost);
    const double loss_percent =
        100 * static_cast<double>(s.lost + s.late) / std::max(expected, 1.0);
    const Codec& codec = CodecOf(s.payload_type);
    const double r =
        std::clamp(RFactor(codec, loss_percent, delay_ms + 2 * s.jitter.value_ms), 0.0, 100.0);
    std::printf(
        "%s -> %s  ssrc %08x  %-5s  %llu packets  loss %.2f %%  jitter %.2f ms  R %.1f  "
        "MOS %.2f\n",
        Name(ends.of(sender)).c_str(), Name(ends.of(tstat::Opposite(sender))).c_str(), s.ssrc,
        codec.name, static_cast<unsigned long long>(s.packets), loss_percent, s.jitter.value_ms, r,
        MeanOpinionScore(r));
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: call_quality TRACE\n");
    return 2;
  }
  auto source = tstat::OpenTrace(argv[1]);
  if (!source.ok()) {
    std::fprintf(stderr, "%s\n", source.status().ToString().c_str());
    return 1;
  }
  Printer printer;
  tstat::Analyzer analyzer(tstat::AnalyzerOptions{});
  analyzer.AddSink(&printer);
  return analyzer.Run(**source).ok() ? 0 : 1;
}
