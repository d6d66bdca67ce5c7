// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/column_batch.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/schema/records.h"

namespace tstat::internal {
namespace {

template <typename Record>
const ColumnData& Named(const RecordBatch<Record>& batch, std::string_view name) {
  for (const ColumnData& column : batch.columns()) {
    if (column.info().Name() == name) return column;
  }
  ADD_FAILURE() << "no column " << name;
  return batch.columns().front();
}

TEST(RecordBatch, ColumnsAreArrays) {
  RecordBatch<TcpFlow> batch(TcpCompleteTable());
  TcpFlow flow = PlainHttpFlow();
  batch.Append(flow);
  flow.client.packets = 5000000000;
  flow.client.mss = 0;
  flow.endpoints.client = {.address = *IpAddress::Parse("2001:db8::1"), .port = 65535};
  flow.layer7.tls_server_name = std::string("a\0b", 3);
  batch.Append(flow);
  flow.layer7.tls_server_name = "www.example.org";
  batch.Append(flow);

  EXPECT_EQ(batch.rows(), 3u);
  for (const ColumnData& column : batch.columns()) {
    EXPECT_EQ(column.rows(), 3u) << column.info().Name();
    if (column.element_size() > 0) {
      EXPECT_EQ(column.bytes().size(), 3 * column.element_size()) << column.info().Name();
    } else {
      EXPECT_EQ(column.text_offsets().size(), 4u) << column.info().Name();
      EXPECT_EQ(column.text_offsets()[3], column.bytes().size()) << column.info().Name();
    }
  }
  const auto packets = Named(batch, "c_pkts_all").elements<uint64_t>();
  EXPECT_EQ(packets[0], 6u);
  EXPECT_EQ(packets[1], 5000000000u);
  EXPECT_EQ(Named(batch, "c_port").elements<uint16_t>()[1], 65535);

  const ColumnData& mss = Named(batch, "c_mss");
  EXPECT_EQ(mss.elements<uint16_t>()[0], 1460);
  EXPECT_EQ(mss.elements<uint16_t>()[1], 0);
  EXPECT_EQ(mss.valid()[0], 1);
  EXPECT_EQ(mss.valid()[1], 0);
  EXPECT_EQ(mss.absent(), 2u);

  EXPECT_EQ(Named(batch, "first").elements<int64_t>()[0], 1500000000000000000);
  EXPECT_EQ(Named(batch, "durat").elements<int64_t>()[0], 42164000);
  EXPECT_EQ(Named(batch, "c_isint").elements<uint8_t>()[0], 1);

  const ColumnData& name = Named(batch, "c_tls_SNI");
  EXPECT_EQ(name.text(0), "");
  EXPECT_EQ(name.valid()[0], 0);
  EXPECT_EQ(name.text(1), std::string_view("a\0b", 3));
  EXPECT_EQ(name.text(2), "www.example.org");

  const auto address = Named(batch, "c_ip").bytes();
  const uint8_t v4[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 128};
  EXPECT_TRUE(std::equal(std::begin(v4), std::end(v4), address.begin()));
  EXPECT_EQ(address[16], 0x20);
  EXPECT_EQ(address[31], 1);
}

TEST(RecordBatch, ClearedItBeginsAnew) {
  RecordBatch<TcpFlow> batch(TcpCompleteTable());
  TcpFlow flow = PlainHttpFlow();
  flow.layer7.tls_server_name = "a";
  batch.Append(flow);
  batch.Clear();
  EXPECT_EQ(batch.rows(), 0u);
  flow.layer7.tls_server_name = "bc";
  batch.Append(flow);
  EXPECT_EQ(Named(batch, "c_tls_SNI").text(0), "bc");
  EXPECT_EQ(Named(batch, "c_tls_SNI").rows(), 1u);
  EXPECT_EQ(Named(batch, "c_appdataT").absent(), 1u);
}

TEST(ColumnData, TakesTheRowsOfAnother) {
  ColumnInfo number, text;
  number.type = {.kind = ColumnKind::kUnsigned, .bits = 16};
  text.type = {.kind = ColumnKind::kText};
  ColumnData numbers(number), more_numbers(number), texts(text), more_texts(text);
  for (uint16_t i = 0; i < 20; ++i) {
    numbers.Append(i % 3 == 0 ? Value() : Value::Of(i));
    more_numbers.Append(Value::Of(static_cast<uint16_t>(i + 20)));
    texts.Append(Value::Of(std::string_view("ab")));
    more_texts.Append(i % 2 == 0 ? Value() : Value::Of(std::string_view("c")));
  }
  numbers.Append(more_numbers);
  texts.Append(more_texts);
  numbers.Append(ColumnData(number));
  numbers.Append(Value::Of(uint16_t{40}));

  ASSERT_EQ(numbers.rows(), 41U);
  EXPECT_EQ(numbers.absent(), 7U);
  EXPECT_EQ(numbers.elements<uint16_t>()[18], 0);
  EXPECT_EQ(numbers.elements<uint16_t>()[39], 39);
  EXPECT_EQ(numbers.elements<uint16_t>()[40], 40);
  EXPECT_EQ(numbers.valid()[18], 0);
  EXPECT_EQ(numbers.valid()[20], 1);
  ASSERT_EQ(texts.rows(), 40U);
  EXPECT_EQ(texts.absent(), 10U);
  EXPECT_EQ(texts.text(19), "ab");
  EXPECT_EQ(texts.text(20), "");
  EXPECT_EQ(texts.text(21), "c");
  EXPECT_EQ(texts.text_offsets().back(), 50U);
}

TEST(RecordBatch, HasTheColumnsOfItsProfile) {
  const RecordBatch<UdpFlow> old(UdpCompleteTable());
  const RecordBatch<UdpFlow> later(UdpCompleteTable(), CompatProfile::Tstat33());
  EXPECT_EQ(old.columns().size(), 19u);
  EXPECT_EQ(later.columns().size(), 25u);
}

// Signed, real and values of every table.
TEST(RecordBatch, NegativeNumbersAndReals) {
  RecordBatch<UdpFlow> flows(UdpCompleteTable());
  UdpFlow udp;
  udp.client.data_bytes = -5;
  flows.Append(udp);
  EXPECT_EQ(Named(flows, "c_bytes_all").elements<int64_t>()[0], -5);

  RecordBatch<ChatMessage> messages(ChatMessageTable());
  ChatMessage message;
  message.direction = Direction::kServerToClient;
  messages.Append(message);
  EXPECT_EQ(Named(messages, "dir").elements<int8_t>()[0], -1);

  MediaFlow media;
  media.udp = std::make_shared<const UdpFlow>(udp);
  RtpStream& stream = media.client.rtp.emplace_back();
  stream.first = At(0);
  stream.last = At(1000000);
  stream.data_bytes = 10;
  RecordBatch<MediaFlow> calls(MediaFlowTable());
  calls.Append(media);
  EXPECT_EQ(Named(calls, "c_rate").elements<double>()[0], 80);
}

// What the Anonymizer allows; without one, no address that is to be anonymised.
TEST(RecordBatch, HoldsWhatMayBeShown) {
  TcpFlow flow = PlainHttpFlow();
  flow.endpoints.client = {.address = IpAddress::V4(0x0a000001), .port = 1, .encrypted = true};
  flow.endpoints.server = {.address = IpAddress::V4(0xc0000201), .port = 2};
  flow.layer7.tls_server_name = "google.com";
  const auto anonymizer =
      *Anonymizer::Create({.key = AnonymizationKey("golden-test-key"), .encrypt_names = true});
  RecordBatch<TcpFlow> batch(TcpCompleteTable(), {}, anonymizer.get());
  batch.Append(flow);
  const auto last_bytes = [](const ColumnData& column) {
    const std::span<const uint8_t> bytes = column.bytes();
    return std::vector<uint8_t>(bytes.end() - 4, bytes.end());
  };
  EXPECT_EQ(last_bytes(Named(batch, "c_ip")), (std::vector<uint8_t>{106, 127, 244, 49}));
  EXPECT_EQ(last_bytes(Named(batch, "s_ip")), (std::vector<uint8_t>{192, 0, 2, 1}));
  EXPECT_EQ(Named(batch, "c_tls_SNI").text(0), "d+ZnPzrQ10ypLESPflzcDQ==");

  RecordBatch<TcpFlow> without(TcpCompleteTable());
  without.Append(flow);
  EXPECT_EQ(Named(without, "c_ip").absent(), 1u);
  EXPECT_EQ(Named(without, "s_ip").absent(), 0u);
  EXPECT_EQ(Named(without, "c_tls_SNI").text(0), "google.com");
}

// --enc is for the logs that have it: the video log's names are as they were.
TEST(RecordBatch, NamesAreEncryptedWhereTheLogSaysSo) {
  const auto is_hidden = [](const auto& table, std::string_view name) {
    for (const auto& column : table.columns()) {
      if (column.info.Name() == name) return column.info.hidden_by_enc;
    }
    ADD_FAILURE() << name;
    return false;
  };
  EXPECT_TRUE(is_hidden(TcpCompleteTable(), "fqdn"));
  EXPECT_TRUE(is_hidden(TcpCompleteTable(), "http_hostname"));
  EXPECT_TRUE(is_hidden(UdpCompleteTable(), "quic_UA"));
  EXPECT_FALSE(is_hidden(VideoCompleteTable(), "fqdn"));
  EXPECT_FALSE(is_hidden(HttpRequestTable(), "fqdn"));
  EXPECT_FALSE(is_hidden(TcpCompleteTable(), "c_ip"));
}

// The same for sinks of all rows.
struct AddressRows : RowSink<AddressRows> {
  using RowSink::RowSink;
  template <typename Record>
  void OnRow(const LogTable<Record>& table, const Record& record) {
    for (const auto& column : table.columns()) {
      if (column.info.Name() != "c_ip") continue;
      const Value value = Read(column, record);
      shown.push_back(value.is_absent() ? "-" : value.address().ToString());
    }
  }
  std::vector<std::string> shown;
};
TEST(RowSink, ReadsWhatMayBeShown) {
  TcpFlow flow = PlainHttpFlow();
  flow.endpoints.client = {.address = IpAddress::V4(0x0a000001), .port = 1, .encrypted = true};
  AddressRows with(
      {.anonymizer = *Anonymizer::Create({.key = AnonymizationKey("golden-test-key")})});
  with.OnTcpFlow(flow);
  AddressRows without;
  without.OnTcpFlow(flow);
  EXPECT_EQ(with.shown, std::vector<std::string>{"106.127.244.49"});
  EXPECT_EQ(without.shown, std::vector<std::string>{"-"});
}

}  // namespace
}  // namespace tstat::internal
