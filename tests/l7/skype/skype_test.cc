// SPDX-License-Identifier: BSD-3-Clause
//
// Skype's statistics, piece by piece: signatures of packets, what decides by their number, samples
// of sizes and gaps, distances from randomness.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "l7/skype/bayes.h"
#include "l7/skype/randomness.h"
#include "l7/skype/samples.h"
#include "l7/skype/skype_tcp.h"
#include "l7/skype/skype_udp.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::Bytes;
using testing::Fill;
using testing::operator+;

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;

Timestamp At(int64_t ms) { return Timestamp::FromMicroseconds(1'500'000'000'000'000 + 1000 * ms); }

// One class, whose belief in sample x is -x.
BayesModel Negative(double threshold) {
  BayesModel model;
  model.window_size = 1;
  model.largest_sample = 2000;
  model.acceptance_threshold = threshold;
  BayesClass c;
  c.prior = 1;
  for (int x = 0; x <= model.largest_sample; ++x) c.table.push_back(-x);
  model.classes = {c};
  return model;
}
std::shared_ptr<const SkypeModels> Models(double size_threshold = -1e9,
                                          double gap_threshold = -1e9) {
  return std::make_shared<const SkypeModels>(
      SkypeModels{Negative(size_threshold), Negative(gap_threshold)});
}

// --- randomness

TEST(NibbleRandomness, IsTheChiSquareOfEachHalfByte) {
  NibbleRandomness same;
  for (int i = 0; i < 16; ++i) same.Add(ByteReader(Bytes{0x21, 0x21, 1, 2, 3, 4, 5, 6}));
  for (const double chi : same.ChiSquares(1)) EXPECT_EQ(chi, 15.0 * 15 + 15);
  EXPECT_EQ(same.samples(), 16u);

  // The low half of each byte takes every value once, the high half is always 3.
  NibbleRandomness half;
  for (uint8_t i = 0; i < 16; ++i) half.Add(ByteReader(Fill(8, static_cast<uint8_t>(0x30 | i))));
  const auto chi = half.ChiSquares(1);
  for (size_t k = 0; k < NibbleRandomness::kBytes; ++k) {
    EXPECT_EQ(chi[2 * k], 0);
    EXPECT_EQ(chi[2 * k + 1], 240);
  }
  EXPECT_EQ(half.ChiSquares(2)[0], 16 * 0.5);
  for (const double none : half.ChiSquares(0)) {
    EXPECT_TRUE(std::isnan(none));
    EXPECT_TRUE(std::signbit(none));
  }
}

TEST(NibbleRandomness, BytesThatWereNotCapturedAreZero) {
  NibbleRandomness cut;
  for (int i = 0; i < 16; ++i) cut.Add(ByteReader(Bytes{0x11}));
  for (const double chi : cut.ChiSquares(1)) EXPECT_EQ(chi, 240);
}

TEST(NibbleRandomness, ExtremesOfSomeBlocks) {
  std::array<double, NibbleRandomness::kBlocks> chi{};
  for (size_t i = 0; i < chi.size(); ++i) chi[i] = static_cast<double>(i * 7 % 16);
  for (size_t first = 0; first < chi.size(); ++first) {
    for (size_t count = 1; first + count <= chi.size(); ++count) {
      double largest = chi[first], smallest = chi[first];
      for (size_t i = first; i < first + count; ++i) {
        largest = std::max(largest, chi[i]);
        smallest = std::min(smallest, chi[i]);
      }
      EXPECT_EQ(LargestOf(chi, first, count), largest);
      EXPECT_EQ(SmallestOf(chi, first, count), smallest);
    }
  }
}

// --- samples

TEST(SkypeSamples, AGapIsTheMeanOfThirtyPackets) {
  const auto models = Models();
  SkypeSamples samples;
  SkypeDirection out;
  for (int i = 0; i < 29; ++i) samples.AddTcp(*models, 10, At(20 * i));
  samples.Judge(*models, &out);
  EXPECT_EQ(out.gap_belief, BayesClassifier::kNever);
  EXPECT_EQ(out.size_belief, -10);
  SkypeSamples more;
  for (int i = 0; i < 30; ++i) more.AddTcp(*models, 10, At(20 * i));
  more.Judge(*models, &out);
  EXPECT_EQ(out.gap_belief, -19);  // 580 ms / 30, whole milliseconds
  EXPECT_EQ(out.audio_video_packets, 30u);
  // The next thirty count from the last one of these.
  for (int i = 30; i < 60; ++i) more.AddTcp(*models, 10, At(580 + 50 * (i - 29)));
  more.Judge(*models, &out);
  EXPECT_EQ(out.gap_belief, (-19 - 50) / 2.0);
}

// Video packets are told by their sizes, and are no audio; sizes of 400 bytes and more are no
// samples.
TEST(SkypeSamples, SizesOfVideo) {
  const auto models = Models();
  for (int size = 380; size < 1000; ++size) {
    SkypeSamples samples;
    samples.AddUdp(*models, size, At(0));
    SkypeDirection out;
    samples.Judge(*models, &out);
    const bool video = (size >= 400 && size <= 490) || (size >= 800 && size <= 980);
    EXPECT_EQ(out.video_packets, video ? 1u : 0u) << size;
    EXPECT_EQ(out.audio_video_packets, video ? 0u : 1u) << size;
    EXPECT_EQ(out.size_belief, size <= 399 ? -size : BayesClassifier::kNever) << size;
  }
}

// More than a tenth of them.
TEST(SkypeSamples, VideoIsPresent) {
  const auto models = Models();
  for (const auto& [audio, video, present] :
       {std::tuple{9, 1, false}, {8, 1, true}, {0, 1, true}, {99, 10, false}, {99, 11, true}}) {
    SkypeSamples samples;
    for (int i = 0; i < audio; ++i) samples.AddUdp(*models, 100, At(i));
    for (int i = 0; i < video; ++i) samples.AddUdp(*models, 450, At(i));
    SkypeDirection out;
    samples.Judge(*models, &out);
    EXPECT_EQ(out.has_video, present) << audio << " " << video;
  }
}

TEST(SkypeSamples, AcceptedAreBeliefsFromTheThresholdOn) {
  for (const double threshold : {-10.0, -9.9}) {
    const auto models = Models(threshold, threshold - 9);
    SkypeSamples samples;
    for (int i = 0; i < 30; ++i) samples.AddTcp(*models, 10, At(20 * i));  // 10 bytes, 19 ms
    SkypeDirection out;
    samples.Judge(*models, &out);
    EXPECT_EQ(out.size_accepted, threshold == -10) << threshold;
    EXPECT_EQ(out.gap_accepted, threshold == -10) << threshold;
  }
}

// --- UDP

class SkypeUdpTest : public ::testing::Test {
 protected:
  // `size` bytes that begin with `start`.
  void Send(Direction sender, const Bytes& start, int size) {
    Bytes payload = start;
    payload.resize(std::max<size_t>(start.size(), static_cast<size_t>(size)));
    UdpPayload p;
    p.bytes = ByteReader(payload);
    p.length_field = static_cast<uint16_t>(payload.size() + 8);
    p.available = payload.size() + 8;
    tracker_.OnPacket(sender, p, size, state_);
    ++sides_[static_cast<size_t>(Index(sender))].packets;
  }
  // The third byte of the payload says what it is; no two begin alike.
  void SendMarked(Direction sender, uint8_t mark, int size) {
    ++number_;
    Send(sender, {static_cast<uint8_t>(number_), static_cast<uint8_t>(number_ >> 8), mark, 1},
         size);
  }
  SkypeUdpVerdict Judge() { return tracker_.Judge(sides_, state_); }
  // What is reported of the server's packets, when the client's decide that it is Skype.
  SkypeDirection OfServer() {
    for (int i = 0; i < 101; ++i) SendMarked(kClient, 0x0D, 20);
    const SkypeUdpVerdict verdict = Judge();
    EXPECT_TRUE(verdict.judged);
    return verdict.skype[1];
  }

  SkypeUdpTracker tracker_{Models()};
  SkypeUdpState state_;
  std::array<SkypeUdpTracker::Side, 2> sides_;
  uint32_t number_ = 0;
};

TEST_F(SkypeUdpTest, SignaturesOfPackets) {
  for (int mark = 0; mark < 256; ++mark) {
    for (const int size : {4, 5, 10, 11, 12}) {
      state_ = {};
      sides_ = {};
      SendMarked(kServer, static_cast<uint8_t>(mark), size);
      const SkypeDirection seen = OfServer();
      const int bits = mark & 0x8F;
      const bool signalling =
          bits == 2 || bits == 3 || (bits == 7 && size == 11) || (bits == 13 && size <= 4);
      const bool end_to_end = bits == 13 && size > 4;
      ASSERT_EQ(seen.signalling_packets, signalling ? 1u : 0u) << mark << " " << size;
      ASSERT_EQ(seen.end_to_end_packets, end_to_end ? 1u : 0u) << mark << " " << size;
      ASSERT_EQ(seen.unknown_packets, signalling || end_to_end ? 0u : 1u) << mark << " " << size;
      ASSERT_EQ(seen.skype_out_packets, 0u);
      tracker_.Release(state_);
    }
  }
}

// The same first four bytes again; zeros are none.
TEST_F(SkypeUdpTest, SkypeOutRepeatsItsFirstBytes) {
  for (int i = 0; i < 5; ++i) Send(kServer, {1, 2, 3, 4}, 20);
  for (int i = 0; i < 3; ++i) Send(kServer, {0, 0, 0, 0}, 20);
  const SkypeDirection seen = OfServer();
  EXPECT_EQ(seen.skype_out_packets, 4u);
  EXPECT_EQ(seen.signalling_packets, 1u);
  EXPECT_EQ(seen.unknown_packets, 3u);
}

// More than 100 packets and more than nine tenths of all.
TEST_F(SkypeUdpTest, PacketsThatDominateDecide) {
  struct Case {
    int end_to_end, others;
    UdpType type;
  };
  for (const Case& c : {Case{101, 0, UdpType::kSkypeE2e}, Case{100, 0, UdpType::kSkypeSignalling},
                        Case{101, 11, UdpType::kSkypeE2e}, Case{101, 12, UdpType::kUnknown},
                        Case{9, 0, UdpType::kUnknown}, Case{10, 0, UdpType::kSkypeSignalling},
                        Case{91, 9, UdpType::kSkypeSignalling}, Case{90, 10, UdpType::kUnknown}}) {
    state_ = {};
    sides_ = {};
    for (int i = 0; i < c.end_to_end; ++i) SendMarked(kClient, 0x0D, 20);
    for (int i = 0; i < c.others; ++i) SendMarked(kClient, 0x00, 20);
    EXPECT_EQ(Judge().type[0], c.type) << c.end_to_end << " " << c.others;
    tracker_.Release(state_);
  }
  state_ = {};
  sides_ = {};
  for (int i = 0; i < 102; ++i) Send(kClient, {1, 2, 0, 4}, 20);
  EXPECT_EQ(Judge().type[0], UdpType::kSkypeOut);
}

// What was found before stays, or not.
TEST_F(SkypeUdpTest, TypesThatAreSettled) {
  using enum UdpType;
  const std::set<UdpType> settled = {
      kRtp,     kRtcp,     kSkypeE2e,      kSkypeOut,      kSkypeSignalling, kEd2k,
      kKadu,    kGnutella, kBitTorrentDht, kDirectConnect, kKazaa,           kPpLive,
      kSopCast, kTvAnts,   kObfuscatedKad, kPpStream,      kTeredo,          kSip};
  for (int i = 0; i < 200; ++i) SendMarked(kClient, 0x0D, 20);
  for (int i = 0; i <= static_cast<int>(kSye); ++i) {
    const auto type = static_cast<UdpType>(i);
    sides_[0].type = sides_[1].type = type;
    sides_[1].packets = 200;  // which were never looked at
    const SkypeUdpVerdict verdict = Judge();
    EXPECT_EQ(verdict.type[0], settled.contains(type) ? type : kSkypeE2e) << i;
    const bool waiting = type == kFirstRtp || type == kFirstRtcp || type == kFirstRtpPlus;
    EXPECT_EQ(verdict.type[1], waiting ? kUnknown : type) << i;
    EXPECT_EQ(verdict.judged, !settled.contains(type)) << i;
  }
}

// 320 packets, in whose bytes both halves take all values alike, or none but one.
void SendBlocks(const std::function<void(const Bytes&)>& send, const std::array<bool, 8>& random) {
  for (int i = 0; i < 320; ++i) {
    Bytes payload;
    for (size_t k = 0; k < 8; ++k) {
      payload.push_back(static_cast<uint8_t>(random[k] ? 0x11 * (i % 16) : 0x5D));
    }
    send(payload);
  }
}

TEST_F(SkypeUdpTest, RandomnessTellsEndToEndFromSkypeOut) {
  struct Case {
    std::array<bool, 8> random;
    uint8_t verdict;
  };
  const Case kCases[] = {
      {{true, true, false, true, true, true, true, true}, 5},     // only the third byte is not
      {{false, false, false, false, true, true, true, true}, 6},  // the first four are not
      {{true, true, true, true, true, true, true, true}, 0},
      {{true, false, false, true, true, true, true, true}, 0},
      {{true, true, false, true, true, false, true, true}, 0},
      {{false, false, false, false, true, true, true, false}, 0},
  };
  for (const Case& c : kCases) {
    state_ = {};
    sides_ = {};
    SendBlocks([&](const Bytes& payload) { Send(kServer, payload, 8); }, c.random);
    const SkypeDirection seen = OfServer();
    EXPECT_EQ(seen.verdict, c.verdict);
    constexpr double kConstant = 300.0 * 300 / 20 + 15 * 20;  // all 320 in one of 16 values
    EXPECT_EQ(seen.max_payload, c.random[5] && c.random[7] ? 0 : kConstant);
    EXPECT_EQ(seen.min_far_header, c.random[2] ? 0 : kConstant);
    EXPECT_EQ(seen.max_near_header, c.random[0] && c.random[1] && c.random[3] ? 0 : kConstant);
    EXPECT_EQ(seen.min_header, c.verdict == 6 || !c.random[0] ? kConstant : 0);
    tracker_.Release(state_);
  }
}

// Accepted by all three, of a type that carries speech.
TEST_F(SkypeUdpTest, ReportedIsWhatEverythingSpeaksFor) {
  for (const bool sizes_fit : {true, false}) {
    SkypeUdpTracker tracker(Models(sizes_fit ? -8 : -7));
    SkypeUdpState state;
    std::array<SkypeUdpTracker::Side, 2> sides;
    int64_t ms = 0;
    SendBlocks(
        [&](const Bytes& payload) {
          UdpPayload p;
          p.bytes = ByteReader(payload);
          p.length_field = 16;
          p.available = 16;
          tracker.OnPacket(kClient, p, 8, state);
          tracker.AddSamples(kClient, 8, At(ms += 20), state);
          ++sides[0].packets;
        },
        {true, true, false, true, true, true, true, true});
    const SkypeUdpVerdict verdict = tracker.Judge(sides, state);
    EXPECT_EQ(verdict.type[0], UdpType::kSkypeE2e);
    EXPECT_EQ(verdict.accepted[0], sizes_fit);
    EXPECT_FALSE(verdict.accepted[1]);
    EXPECT_EQ(verdict.is_skype, sizes_fit);
    EXPECT_EQ(state.verdict[0], sizes_fit ? 5 : 0);
    EXPECT_EQ(verdict.skype[0].bayes_code(), sizes_fit ? 1 : -2);
    EXPECT_EQ(verdict.skype[0].audio_video_packets, 320u);
    tracker.Release(state);
  }
}

TEST_F(SkypeUdpTest, TheEarlyVerdictIsDueAfterTwentySecondsAndTwoHundredPackets) {
  const auto due = [&](uint64_t packets, int64_t ms) {
    return SkypeUdpTracker::IsDueEarly(state_, At(0), packets, At(ms));
  };
  EXPECT_TRUE(due(201, 20001));
  EXPECT_FALSE(due(200, 20001));
  EXPECT_FALSE(due(201, 20000));
  state_.judged_early = true;
  EXPECT_FALSE(due(201, 20001));
}

// --- TCP

class SkypeTcpTest : public ::testing::Test {
 protected:
  void Send(Direction sender, const Bytes& payload) {
    Datagram d;
    d.time = At(ms_ += 20);
    TcpSegmentStep step;
    step.direction = sender;
    step.datagram = &d;
    TcpLayer7Input in;
    in.step = &step;
    in.payload = ByteReader(payload);
    in.payload_length = static_cast<int32_t>(payload.size());
    tracker_.OnSegment(in, state_);
  }

  SkypeTcpTracker tracker_{Models()};
  SkypeTcpState* state_ = nullptr;
  int64_t ms_ = 0;
  SkypeFlow found_;
};

TEST_F(SkypeTcpTest, NothingIsJudgedWithoutSegments) {
  EXPECT_FALSE(tracker_.Judge(state_, &found_));
}

TEST_F(SkypeTcpTest, RandomBytesOfOneDirectionAreEnough) {
  SendBlocks([&](const Bytes& payload) { Send(kServer, payload); },
             {true, true, true, true, true, true, true, true});
  EXPECT_TRUE(tracker_.Judge(state_, &found_));
  EXPECT_EQ(found_.server.verdict, 7);
  EXPECT_EQ(found_.client.verdict, 0);
  EXPECT_EQ(found_.server.max_near_header, 0);
  EXPECT_EQ(found_.server.max_payload, 0);
  EXPECT_EQ(found_.server.audio_video_packets, 320u);
  tracker_.Release(state_);
  EXPECT_EQ(state_, nullptr);
}

TEST_F(SkypeTcpTest, AllEightBytesMustBeRandom) {
  for (size_t constant = 0; constant < 8; ++constant) {
    std::array<bool, 8> random;
    random.fill(true);
    random[constant] = false;
    SendBlocks([&](const Bytes& payload) { Send(kClient, payload); }, random);
    EXPECT_FALSE(tracker_.Judge(state_, &found_)) << constant;
    EXPECT_EQ(found_.client.max_near_header > 0, constant < 4) << constant;
    EXPECT_EQ(found_.client.max_payload > 0, constant >= 4) << constant;
    tracker_.Release(state_);
  }
}

// Fifty segments of eight bytes or more, in one of the directions.
TEST_F(SkypeTcpTest, FewSegmentsAreNotJudged) {
  for (const auto& [client, server, size, judged] :
       {std::tuple{49, 49, 8, false}, {50, 0, 8, true}, {0, 50, 8, true}, {60, 60, 7, false}}) {
    found_ = {};
    for (int i = 0; i < client; ++i) Send(kClient, Fill(static_cast<size_t>(size), 0x11));
    for (int i = 0; i < server; ++i) Send(kServer, Fill(static_cast<size_t>(size), 0x11));
    EXPECT_FALSE(tracker_.Judge(state_, &found_));  // not random
    EXPECT_EQ(found_.client.audio_video_packets + found_.server.audio_video_packets,
              judged ? 50u : 0u);
    tracker_.Release(state_);
  }
}

}  // namespace
}  // namespace tstat::internal
