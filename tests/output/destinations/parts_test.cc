// SPDX-License-Identifier: BSD-3-Clause
//
// The small parts of destinations: waits, batches, answers, records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "output/destinations/backoff.h"
#include "output/destinations/batch.h"
#include "output/destinations/dead_letters.h"
#include "output/destinations/http_answer.h"
#include "output/destinations/spool_format.h"
#include "tests/output/destinations/fake_destination.h"

namespace tstat::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Outcome::Kind;

TEST(Backoff, ChanceTakesUpToItsShareAway) {
  double chance = 0;
  Backoff backoff({.first = seconds(4), .longest = seconds(10), .jitter = 0.25},
                  [&] { return chance; });
  EXPECT_EQ(backoff.Next(), seconds(4));
  chance = 0.5;
  EXPECT_EQ(backoff.Next(), seconds(7));  // 8 less an eighth
  chance = 0.99999999;
  EXPECT_NEAR(std::chrono::duration<double>(backoff.Next()).count(), 7.5, 1e-6);
  backoff.Reset();
  chance = 0;
  EXPECT_EQ(backoff.Next(), seconds(4));
  EXPECT_EQ(backoff.Next(seconds(60)), seconds(60));
  EXPECT_EQ(backoff.Next(seconds(1)), seconds(10));
}

TEST(SplitBatch, EveryLineIsInOnePart) {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    Batch batch = LinesOf({});
    for (uint32_t lines = random() % 6; lines > 0; --lines) {
      batch.body += std::string(random() % 5, 'x') + "\n";
    }
    if (random() % 3 == 0 && !batch.body.empty()) batch.body.pop_back();
    batch.header = "h";
    batch.id.sequence = 7;
    batch.id.part = "2";
    Batch first, second;
    const size_t ends = static_cast<size_t>(std::count(batch.body.begin(), batch.body.end(), '\n'));
    const size_t lines = ends + (batch.body.empty() || batch.body.ends_with('\n') ? 0 : 1);
    ASSERT_EQ(SplitBatch(batch, &first, &second), lines > 1) << testing::PrintToString(batch.body);
    if (lines <= 1) continue;
    EXPECT_EQ(first.body + second.body, batch.body);
    EXPECT_TRUE(first.body.ends_with('\n'));
    EXPECT_FALSE(second.body.empty());
    EXPECT_EQ(first.rows + second.rows, lines);
    EXPECT_EQ(first.header, "h");
    EXPECT_EQ(first.id.ToString(), "//7.2.1");
    EXPECT_EQ(second.id.ToString(), "//7.2.2");
    EXPECT_EQ(first.content_type, batch.content_type);
  }
  Batch whole = LinesOf({"a", "b"}), first, second;
  whole.splits_by_lines = false;
  EXPECT_FALSE(SplitBatch(whole, &first, &second));
}

TEST(BatchNames, AreSafeInHeaders) {
  EXPECT_TRUE(IsBatchName("probe-1.example_x"));
  EXPECT_TRUE(IsBatchName(std::string(64, 'a')));
  EXPECT_FALSE(IsBatchName(std::string(65, 'a')));
  for (const char* name : {"", " ", "a b", "a/b", "a\r\nb", "a:b"}) EXPECT_FALSE(IsBatchName(name));
}

Outcome Of(int64_t status, const std::string& body = "", const std::string& retry_after = "") {
  return OutcomeOf({.status = status, .retry_after = retry_after, .body = body}, 10, 1700000000);
}

TEST(OutcomeOf, EveryStatus) {
  for (int64_t status = 0; status < 700; ++status) {
    const Kind kind = Of(status).kind;
    // With 401, 403, 404 and 407 it is not the batch that is wrong: a password, a database.
    const bool is_for_now = status < 200 || status >= 500 || status == 302 || status == 303 ||
                            status == 307 || status == 401 || status == 403 || status == 404 ||
                            status == 407 || status == 408 || status == 425 || status == 429;
    const Kind expected = status >= 200 && status < 300 ? Kind::kDelivered
                          : status == 413               ? Kind::kTooLarge
                          : is_for_now                  ? Kind::kTryAgain
                                                        : Kind::kRejected;
    EXPECT_EQ(kind, expected) << status;
  }
  EXPECT_EQ(Of(401, "no such user").why, "HTTP 401: no such user");
  EXPECT_EQ(Of(401).why, "HTTP 401");
}

TEST(OutcomeOf, WhenToComeBack) {
  EXPECT_EQ(Of(429, "", "120").retry_after, seconds(120));
  EXPECT_EQ(Of(503, "", "Tue, 14 Nov 2023 22:13:50 GMT").retry_after, seconds(30));
  EXPECT_EQ(Of(503, "", "Tue, 14 Nov 2023 22:13:10 GMT").retry_after, seconds(0));  // has passed
  EXPECT_EQ(Of(429, "", "-5").retry_after, seconds(0));
  EXPECT_EQ(Of(429, "", "soon").retry_after, seconds(0));
  EXPECT_EQ(Of(429, "", "99999999999999").retry_after, std::chrono::hours(24 * 7));
}

TEST(OutcomeOf, PartialWritesOfInfluxdb) {
  const Outcome conflict =
      Of(400, R"({"error":"partial write: field type conflict: input field \"v\" on )"
              R"(measurement \"m\" is type float, already exists as type integer dropped=3"})");
  EXPECT_EQ(conflict.kind, Kind::kDelivered);
  EXPECT_EQ(conflict.refused_rows, 3u);
  const Outcome unread =
      Of(400, R"({"error":"partial write: unable to parse 'a b': invalid field format\n)"
              R"(unable to parse 'c': missing fields dropped=0"})");
  EXPECT_EQ(unread.refused_rows, 2u);
  EXPECT_EQ(Of(400, "partial write: something").refused_rows, 1u);
  EXPECT_EQ(Of(400, "partial write: dropped=99999").refused_rows, 10u);  // not more than there were
  EXPECT_EQ(Of(400, R"({"error":"unable to parse 'x': missing fields"})").kind, Kind::kRejected);
  EXPECT_EQ(Of(500, "partial write: dropped=1").kind, Kind::kTryAgain);
}

TEST(CleanText, IsShortAndPrintable) {
  EXPECT_EQ(CleanText("  a\r\n\tb \x01\xff c \n"), "a b ?? c");
  EXPECT_EQ(CleanText(std::string(300, 'x')), std::string(200, 'x') + "...");
  EXPECT_EQ(CleanText(""), "");
}

TEST(SpoolFormat, RecordsOfAnyBytes) {
  std::mt19937 random(2);
  const auto any = [&] {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  };
  for (int i = 0; i < 300; ++i) {
    Batch batch;
    batch.id = {
        .probe = any(), .run = any(), .sequence = random() * (uint64_t{1} << 31), .part = {}};
    batch.rows = static_cast<uint32_t>(random());
    batch.content_type = any();
    batch.header = any();
    batch.body = any();
    batch.splits_by_lines = i % 2 == 0;
    std::string record;
    EncodeRecordHead(batch, &record);
    record += batch.body;
    const RecordHeader header = DecodeRecordHeader(record);
    EXPECT_EQ(header.content_bytes + kRecordHeaderBytes, record.size());
    const std::string_view content = std::string_view(record).substr(kRecordHeaderBytes);
    ASSERT_EQ(DecodeRecord(header, content), batch);
    EXPECT_EQ(DecodeRecord(header, content.substr(1)), std::nullopt);
  }
}

TEST(SpoolFormat, NamesOfSegments) {
  EXPECT_EQ(SegmentName(17), "00000000000000000017.spool");
  EXPECT_EQ(SegmentNumber(SegmentName(UINT64_MAX)), UINT64_MAX);
  for (const char* name :
       {"state", "17.spool", "0000000000000000001x.spool", "00000000000000000017.spool.broken",
        "99999999999999999999.spool", "+0000000000000000017.spool"}) {
    EXPECT_EQ(SegmentNumber(name), std::nullopt) << name;
  }
}

TEST(SpoolFormat, StatesAreWholeOrNothing) {
  const SpoolState state = {.settled = 5, .dead_letter_bytes = 6, .destination = "somewhere"};
  const std::string slot = EncodeStateSlot(state, 9);
  ASSERT_EQ(slot.size(), kStateSlotBytes);
  const std::optional<StateSlot> decoded = DecodeStateSlot(slot);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->state, state);
  EXPECT_EQ(decoded->generation, 9u);
  for (size_t i = 0; i < 32 + state.destination.size(); ++i) {
    std::string damaged = slot;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x80);
    EXPECT_FALSE(DecodeStateSlot(damaged).has_value()) << i;
  }
  EXPECT_FALSE(DecodeStateSlot(std::string(kStateSlotBytes, '\0')).has_value());
}

}  // namespace
}  // namespace tstat::internal
