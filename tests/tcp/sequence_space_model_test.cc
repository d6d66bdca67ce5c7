// SPDX-License-Identifier: BSD-3-Clause
//
// SequenceSpace against a slow model that follows Tstat's rules word by word, links
// between quadrants included: random segments and ACK numbers, everything compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tcp/sequence_space.h"

namespace tstat::internal {
namespace {

using Calls = std::vector<std::string>;

std::string Describe(const SequenceAnomaly& a) {
  std::string text = a.seen ? "seen" : "new";
  for (const SegmentRecord* r : {a.record, a.predecessor}) {
    text += r == nullptr ? " -"
                         : " " + std::to_string(r->first.value()) + ":" +
                               std::to_string(r->last.value()) + ":" + std::to_string(r->acked);
  }
  return text + " " + std::to_string(a.length) + " " + std::to_string(a.recovery_us);
}

uint8_t TypeOf(const SequenceAnomaly& a) { return static_cast<uint8_t>(a.length % 61); }

struct Quadrant {
  std::list<SegmentRecord> records;
  int previous = -1, next = -1;
};

class Model {
 public:
  SequenceSpace::InsertResult Insert(uint32_t first, uint32_t n, Timestamp now, uint16_t id,
                                     int limit, Calls* calls) {
    calls_ = calls;
    now_ = now;
    id_ = id;
    limit_ = limit;
    result_ = {};
    const int q = static_cast<int>(first >> 30), q2 = static_cast<int>((first + n - 1) >> 30);
    Select(q);
    if (q == q2) {
      InsertPart(q, first, n);
    } else {
      const uint32_t n1 = ((1u << 30) - 1) * static_cast<uint32_t>(q + 1) - first + 1;
      InsertPart(q, first, n1);
      InsertPart(quadrants_[q]->next, static_cast<uint32_t>(q2) << 30, n - n1);
    }
    return result_;
  }

  void Ack(uint32_t number, Timestamp now, RttEstimator* rtt) {
    const int c = static_cast<int>(number >> 30);
    Select(c);
    const SequenceNumber ack(number);
    Timestamp newest;
    bool changed = false;
    const int p = quadrants_[c]->previous;
    for (SegmentRecord& s : quadrants_[p]->records) {
      if (s.acked != 0) continue;
      s.acked = 1;
      changed = true;
      newest = std::max(newest, s.time);
    }
    if (changed) Merge(quadrants_[p]->records);
    changed = false;
    for (SegmentRecord& s : quadrants_[c]->records) {
      if (ack <= s.first) break;
      newest = std::max(newest, s.time);
      if (s.acked > 0) {
        ++s.acked;
        continue;
      }
      s.acked = 1;
      changed = true;
      if (ack == s.last + 1u && !(newest > s.time) && s.retransmissions == 0) {
        rtt->AddSample(ElapsedMicroseconds(s.time, now));
      }
    }
    if (changed) Merge(quadrants_[c]->records);
  }

  std::list<SegmentRecord> Records(unsigned q) const {
    return quadrants_[q] ? quadrants_[q]->records : std::list<SegmentRecord>();
  }

 private:
  void Select(int q) {
    if (quadrants_[q] && quadrants_[q]->previous >= 0 && quadrants_[q]->next >= 0) return;
    const int after = (q + 1) % 4, before = (q + 3) % 4;
    for (int i : {q, after, before}) {
      if (!quadrants_[i]) quadrants_[i].emplace();
    }
    quadrants_[(q + 2) % 4].reset();
    quadrants_[q]->previous = before;
    quadrants_[q]->next = after;
    quadrants_[after]->previous = q;
    quadrants_[after]->next = -1;
    quadrants_[before]->next = q;
    quadrants_[before]->previous = -1;
  }

  uint8_t Classify(std::list<SegmentRecord>& list, std::list<SegmentRecord>::iterator s,
                   std::optional<std::list<SegmentRecord>::iterator> made, uint32_t n, double rt) {
    const auto after_predecessor = made ? *made : s;
    SequenceAnomaly a;
    a.seen = !made;
    a.record = &*s;
    a.predecessor = after_predecessor == list.begin() ? nullptr : &*std::prev(after_predecessor);
    a.length = n;
    a.recovery_us = a.seen ? rt : 0;
    calls_->push_back(Describe(a));
    return TypeOf(a);
  }

  SegmentRecord Make(uint32_t f, uint32_t l) const {
    SegmentRecord r;
    r.first = SequenceNumber(f);
    r.last = SequenceNumber(l);
    r.time = now_;
    r.ip_id = id_;
    return r;
  }

  void InsertPart(int quadrant, uint32_t f, uint32_t n) {
    std::list<SegmentRecord>& list = quadrants_[quadrant]->records;
    const uint32_t l = f + n - 1;
    uint32_t r = 0;
    bool split = false;
    auto s = list.begin();
    if (!list.empty() && f > list.back().last.value()) s = list.end();
    while (s != list.end()) {
      if (f > s->last.value()) {
        ++s;
        continue;
      }
      if (f < s->first.value()) {
        if (l < s->last.value()) result_.out_of_order = true;
        auto made = list.insert(s, Make(f, l));
        if (l <= s->first.value()) {
          made->type = Classify(list, s, made, n, 0);
          result_.retransmitted += r;
          return;
        }
        made->last = s->first - 1u;
        made->type = Classify(list, s, made, made->last - made->first, 0);
        f = s->first.value();
        n = l - f + 1;
      }
      ++s->retransmissions;
      const double rt = SignedMicroseconds(s->time, now_);
      if (!split) s->time = now_;
      if (l <= s->last.value()) {
        r += n;
        s->type = Classify(list, s, {}, n, rt);
        result_.retransmitted += r;
        return;
      }
      split = true;
      r += s->last.value() - f + 1;
      f = s->last.value() + 1;
      s->type = Classify(list, s, {}, r, rt);
      n = l - f + 1;
      ++s;
    }
    list.push_back(Make(f, l));
    ++result_.appended;
    if (limit_ > 0 && list.size() > static_cast<size_t>(limit_)) {
      const SequenceNumber first = list.front().first;
      list.pop_front();
      list.front().first = first;
    }
    result_.retransmitted += r;
  }

  static void Merge(std::list<SegmentRecord>& list) {
    for (auto s = list.begin(); s != list.end() && std::next(s) != list.end();) {
      auto t = std::next(s);
      if (s->acked == 0) return;
      if (t->acked > 0 && s->last + 1u == t->first) {
        s->last = t->last;
        s->acked = t->acked;
        if (t->time > s->time) {
          s->time = t->time;
          s->ip_id = t->ip_id;
          s->type = t->type;
        }
        list.erase(t);
      } else {
        s = t;
      }
    }
  }

  std::array<std::optional<Quadrant>, 4> quadrants_;
  Calls* calls_ = nullptr;
  Timestamp now_;
  uint16_t id_ = 0;
  int limit_ = 100;
  SequenceSpace::InsertResult result_;
};

std::string Text(const std::vector<SegmentRecord>& records) {
  std::string text;
  for (const SegmentRecord& r : records) {
    text += std::to_string(r.first.value()) + ":" + std::to_string(r.last.value()) + " acked " +
            std::to_string(r.acked) + " retrans " + std::to_string(r.retransmissions) + " type " +
            std::to_string(r.type) + " id " + std::to_string(r.ip_id) + " at " +
            std::to_string(r.time.microseconds()) + "\n";
  }
  return text;
}

bool Equal(const SegmentRecord& a, const SegmentRecord& b) {
  return a.first == b.first && a.last == b.last && a.acked == b.acked && a.ip_id == b.ip_id &&
         a.retransmissions == b.retransmissions && a.type == b.type && a.time == b.time;
}

// Random traffic of one direction around `start`; returns after the first difference.
void Compare(uint32_t seed, uint32_t start, uint32_t spread, int limit) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  SequencePools pools;
  SequenceSpace space;
  Model model;
  RttEstimator rtt, model_rtt;
  uint32_t next = start;
  int64_t us = 1'000'000;
  for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) {
    us += static_cast<int64_t>(random() % 1000) - (random() % 8 == 0 ? 500 : 0);
    const Timestamp now = Timestamp::FromMicroseconds(us);
    if (random() % 3 == 0) {
      uint32_t ack = random() % 2 ? next : start + random() % spread;
      if (random() % 64 == 0) ack = random();  // a wild one
      space.Acknowledge(SequenceNumber(ack), now, pools, &rtt);
      model.Ack(ack, now, &model_rtt);
    } else {
      uint32_t first = random() % 2 ? next : start + random() % spread;
      if (random() % 4 == 0) first = next + random() % 50;  // a hole
      if (random() % 100 == 0) first = random();
      const uint32_t length = 1 + random() % 40;
      next = first + length;
      const auto id = static_cast<uint16_t>(random());
      Calls calls, model_calls;
      SequenceSpace::InsertResult got;
      const auto classify = [&](const SequenceAnomaly& a) {
        calls.push_back(Describe(a));
        return TypeOf(a);
      };
      space.Insert({SequenceNumber(first), length, now, id}, limit, pools, classify, &got);
      const auto want = model.Insert(first, length, now, id, limit, &model_calls);
      EXPECT_EQ(got.retransmitted, want.retransmitted);
      EXPECT_EQ(got.out_of_order, want.out_of_order);
      EXPECT_EQ(got.appended, want.appended);
      EXPECT_EQ(calls, model_calls);
    }
    for (unsigned q = 0; q < 4; ++q) {
      std::vector<SegmentRecord> got;
      space.ForEach(q, pools, [&](const SegmentRecord& r) { got.push_back(r); });
      const auto want = model.Records(q);
      EXPECT_TRUE(std::equal(got.begin(), got.end(), want.begin(), want.end(), Equal))
          << "quadrant " << q << " step " << i << "\ngot\n"
          << Text(got) << "want\n"
          << Text({want.begin(), want.end()});
    }
    EXPECT_EQ(rtt.statistics().count, model_rtt.statistics().count);
    EXPECT_EQ(rtt.statistics().sum2_us, model_rtt.statistics().sum2_us);
  }
  space.Clear(pools);
  EXPECT_EQ(pools.nodes.live(), 0u);
  EXPECT_EQ(pools.sides.live(), 0u);
}

TEST(SequenceSpaceModelTest, WithinAQuadrant) {
  for (uint32_t seed = 1; seed <= 60; ++seed) Compare(seed, 1000, 600, 100);
}

TEST(SequenceSpaceModelTest, AcrossBorders) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    Compare(seed, ((seed % 4 + 1) << 30) - 300, 600, 100);
  }
}

TEST(SequenceSpaceModelTest, AtTheLimitOfRecords) {
  for (uint32_t seed = 1; seed <= 60; ++seed) Compare(seed, 0xBFFFFF00, 5000, 1 + seed % 5);
}

TEST(SequenceSpaceModelTest, WithoutLimit) {
  for (uint32_t seed = 1; seed <= 10; ++seed) Compare(seed, 5000, 20000, -1);
}

}  // namespace
}  // namespace tstat::internal
