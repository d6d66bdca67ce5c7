// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-decrypt/row_reverser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "schema/log_schema.h"
#include "tests/privacy/keys.h"
#include "tstat-decrypt/input_lines.h"
#include "tstat/schema.h"
#include "tstat/text_logs.h"

namespace tstat::decrypt {
namespace {

RowReverser Rows(ReverserOptions options = {}, bool strict = false) {
  return {
      Make(
          {.key = ShortKey(), .ipv6_masks = MasksOf(options.profile, Globals()), .strict = strict}),
      options};
}

constexpr char kUdpHeader[] = "#c_ip:1 c_port:2 c_iscrypto:3 s_ip:4 s_port:5 s_iscrypto:6 fqdn:7\n";

TEST(RowReverser, ReversesWhatItsFlagSays) {
  RowReverser rows = Rows();
  EXPECT_EQ(rows.Reversed(kUdpHeader), kUdpHeader);
  EXPECT_EQ(rows.Reversed("106.127.244.49 1 1 106.127.244.50 53 0 a.b\n"),
            "10.0.0.1 1 0 106.127.244.50 53 0 a.b\n");
  EXPECT_EQ(rows.Reversed("106.127.244.49 1 0 106.127.244.50 53 1 -\n"),
            "106.127.244.49 1 0 10.0.0.2 53 0 -\n");
  // Cells are kept as they are, the last line without its newline, too.
  EXPECT_EQ(rows.Reversed("x  1 1 106.127.244.50"), "x  1 1 106.127.244.50");
  EXPECT_EQ(rows.Reversed("106.127.244.49 1 1"), "10.0.0.1 1 0");
  EXPECT_EQ(rows.Reversed("\n"), "\n");
  EXPECT_EQ(rows.unknown_rows(), 0u);
}

// Twice is as good as once.
TEST(RowReverser, WhatIsReversedStays) {
  RowReverser rows = Rows();
  rows.Reversed(kUdpHeader);
  const std::string once = rows.Reversed("106.127.244.49 1 1 106.127.244.50 53 1 a.b\n");
  EXPECT_EQ(rows.Reversed(once), once);
}

TEST(RowReverser, Ipv6OfBothVersions) {
  RowReverser old = Rows();
  old.Reversed("#c_ip:1 c_iscrypto:2\n");
  EXPECT_EQ(old.Reversed("e001:c2e7:c8f4:cc30:6f9e:f037:6784:c1c8 1\n"), "2001:0db8::0001 0\n");
  ReverserOptions options;
  options.profile = CompatProfile::Tstat33();
  RowReverser rows = Rows(options);
  rows.Reversed("#c_ip:1 c_iscrypto:2\n");
  EXPECT_EQ(rows.Reversed("e001:15b8:c8f4:ced:6f9e:ff0f:6784:c1c8 1\n"), "2001:db8::1 0\n");
}

TEST(RowReverser, TheResolverHasAFlagInOneVersionOnly) {
  RowReverser rows = Rows();
  rows.Reversed("#15#c_ip:1 c_iscrypto:2 dns_rslv:3 dns_enc:4\n");
  EXPECT_EQ(rows.Reversed("8.8.8.8 0 106.127.244.49 1\n"), "8.8.8.8 0 10.0.0.1 0\n");
  EXPECT_EQ(rows.Reversed("8.8.8.8 0 - 0\n"), "8.8.8.8 0 - 0\n");
  rows.Reversed("#15#c_ip:1 c_iscrypto:2 dns_rslv:3\n");
  EXPECT_EQ(rows.Reversed("8.8.8.8 0 106.127.244.49\n"), "8.8.8.8 0 106.127.244.49\n");
}

// Tabs, two header lines, no flags.
TEST(RowReverser, HttpLog) {
  constexpr char kHeader[] = "#C#c_ip:1\tc_port:2\ts_ip:3\tpath:4\n";
  RowReverser rows = Rows();
  rows.Reversed(kHeader);
  EXPECT_EQ(rows.Reversed("106.127.244.49\t1\t106.127.244.50\t/a b\n"),
            "10.0.0.1\t1\t10.0.0.2\t/a b\n");
  ReverserOptions options;
  options.encrypted = *NetworkList::Parse("10.0.0.0/8");
  options.exempt = *NetworkList::Parse("10.0.0.2");
  RowReverser listed = Rows(options);
  listed.Reversed(kHeader);
  EXPECT_EQ(listed.Reversed("106.127.244.49\t1\t106.127.244.50\t/\n"),
            "10.0.0.1\t1\t106.127.244.50\t/\n");
  EXPECT_EQ(listed.Reversed("8.8.8.8\t1\t106.127.244.49\t/\n"), "8.8.8.8\t1\t10.0.0.1\t/\n");
}

// What is known by the file's name.
TEST(RowReverser, LogsWithoutHeader) {
  RowReverser rows = Rows();
  rows.BeginLog("out/2017_07_14_02_40.out/log_mm_complete.gz");
  std::string row = "1 3 106.127.244.49";
  for (int i = 4; i < 39; ++i) row += " 0";
  EXPECT_EQ(rows.Reversed(row + " 106.127.244.50 0\n").substr(0, 12), "1 3 10.0.0.1");
  EXPECT_THAT(rows.Reversed(row + " 106.127.244.50 0\n"), ::testing::EndsWith(" 10.0.0.2 0\n"));
  rows.BeginLog("somewhere");
  EXPECT_EQ(rows.Reversed(row), row);
  EXPECT_EQ(rows.unknown_rows(), 1u);
  EXPECT_FALSE(rows.SetLog("log_nothing"));
  EXPECT_TRUE(rows.SetLog("log_mm_complete"));
  EXPECT_EQ(rows.Reversed(row).substr(0, 12), "1 3 10.0.0.1");
}

TEST(RowReverser, Names) {
  ReverserOptions options;
  options.decrypt_names = true;
  RowReverser rows = Rows(options);
  rows.Reversed(kUdpHeader);
  EXPECT_EQ(rows.Reversed("8.8.8.8 1 0 8.8.4.4 53 0 d+ZnPzrQ10ypLESPflzcDQ==\n"),
            "8.8.8.8 1 0 8.8.4.4 53 0 google.com\n");
  EXPECT_EQ(rows.Reversed("8.8.8.8 1 0 8.8.4.4 53 0 -\n"), "8.8.8.8 1 0 8.8.4.4 53 0 -\n");
  // A name with bytes that would end the cell.
  const std::string encrypted = Make(ShortKey())->EncryptName("a b\nc");
  EXPECT_EQ(rows.Reversed("8.8.8.8 1 0 8.8.4.4 53 0 " + encrypted + "\n"),
            "8.8.8.8 1 0 8.8.4.4 53 0 a%20b%0Ac\n");
}

TEST(RowReverser, StrictLogs) {
  auto anonymizer = Make({.key = ShortKey(), .strict = true});
  RowReverser rows(anonymizer, {});
  rows.Reversed("#c_ip:1 c_iscrypto:2 dns_rslv:3\n");
  const IpAddress address = *IpAddress::Parse("2001:db8::1");
  const std::string image = anonymizer->Anonymize(address).ToString(Ipv6Form::kFourDigits);
  EXPECT_EQ(rows.Reversed(image + " 1 106.127.244.49\n"), "2001:0db8::0001 1 10.0.0.1\n");
}

// Every form that an address is printed in comes back.
TEST(AddressOfText, UndoesBothForms) {
  std::mt19937 random(3);  // NOLINT: always the same addresses
  for (int i = 0; i < 20000; ++i) {
    std::array<uint8_t, 16> bytes{};
    const uint32_t zero_groups = static_cast<uint32_t>(random()) & 0xff;
    for (size_t j = 0; j < 16; ++j) {
      if ((zero_groups >> j / 2 & 1) == 0) bytes[j] = static_cast<uint8_t>(random());
    }
    const IpAddress address = IpAddress::V6(bytes);
    for (const Ipv6Form form : {Ipv6Form::kFourDigits, Ipv6Form::kCanonical}) {
      const std::string text = address.ToString(form);
      ASSERT_EQ(AddressOfText(text), address) << text;
    }
  }
  for (const char* text : {"", ":", "1", "a.b", "1:2", "1:2:3:4:5:6", "1:2:3:4:5:6:7:8:9",
                           "::::", "g::1", "12345::", "1.2.3", "log_udp_complete", "-"}) {
    EXPECT_EQ(AddressOfText(text), std::nullopt) << text;
  }
}

// Labels in the logs' headers are those that the schema gives its addresses, and each flag that a
// log has is found.
TEST(RowReverser, FindsEveryAddressOfEveryLog) {
  for (const CompatProfile& profile : {CompatProfile::Tstat311(), CompatProfile::Tstat33()}) {
    LogSet seen;  // of two kinds of rows, the first tells where addresses are
    ForEachLog([&](const auto& entry) {
      if (!entry.table.has_value() || !entry.presence.In(profile) || seen.has(entry.log)) return;
      seen.set(entry.log, true);
      const auto& table = (*entry.table)();
      const std::vector<std::string> labels = TextLogLabels(entry.log, profile);
      ReverserOptions options;
      options.profile = profile;
      RowReverser rows = Rows(options);
      ASSERT_TRUE(rows.SetLog(entry.log_name));
      const char separator = table.info().separator;
      std::string row, expected;
      size_t addresses = 0;
      size_t at = 0;
      for (const auto& block : internal::TextOf(table).block_infos()) {
        if (!internal::LevelHas(table.info().default_level, block)) continue;
        for (size_t i = 0; i < block.size; ++i) {
          const internal::ColumnRow column = block.row(i);
          if (!column.text.is_printed || !column.text.presence.In(profile)) continue;
          if (at >= labels.size()) break;
          EXPECT_EQ(labels[at], column.TextLabel());
          const bool is_address = column.text.format == internal::Format::kAddress;
          const bool is_resolver = labels[at] == "dns_rslv";
          const bool is_plain = is_resolver && !profile.tls_version_columns;
          if (at > 0) row += separator, expected += separator;
          const bool is_flag = labels[at].ends_with("iscrypto") || labels[at] == "dns_enc";
          row += is_address ? "106.127.244.49" : "1";
          expected += is_address && !is_plain ? "10.0.0.1"
                      : is_address            ? "106.127.244.49"
                      : is_flag               ? "0"
                                              : "1";
          addresses += is_address ? 1 : 0;
          ++at;
        }
      }
      if (entry.log == Log::kChatMessages || entry.accepts != nullptr) return;
      EXPECT_GE(addresses, 2u) << entry.log_name;
      if (separator == ' ') EXPECT_EQ(rows.Reversed(row), expected) << entry.log_name;
    });
  }
}

TEST(InputLines, PlainAndCompressed) {
  char folder[] = "/tmp/tstat-lines-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string plain = std::string(folder) + "/plain",
                    packed = std::string(folder) + "/packed";
  const std::string text = "a\n\n" + std::string(20000, 'x') + "\nlast";
  std::ofstream(plain) << text;
  const gzFile file = gzopen(packed.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  for (const std::string& path : {plain, packed}) {
    auto input = InputLines::Open(path);
    ASSERT_TRUE(input.ok());
    std::string line, all;
    int lines = 0;
    for (; input->Next(&line); ++lines) all += line;
    EXPECT_EQ(lines, 4);
    EXPECT_EQ(all, text);
    EXPECT_TRUE(input->status().ok());
  }
  // One that ends early.
  std::ifstream whole(packed, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(whole)), {});
  std::ofstream(packed, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  auto input = InputLines::Open(packed);
  std::string line;
  while (input->Next(&line)) {
  }
  EXPECT_FALSE(input->status().ok());
  EXPECT_FALSE(InputLines::Open(std::string(folder) + "/none").ok());
  EXPECT_FALSE(InputLines::Open(folder).ok());
  ASSERT_EQ(std::system(("rm -r " + std::string(folder)).c_str()), 0);  // NOLINT: a test
}

}  // namespace
}  // namespace tstat::decrypt
