// SPDX-License-Identifier: BSD-3-Clause
//
// HPACK: the examples of RFC 7541, appendix C, and what hostile bytes may do.
#include "l7/http/hpack.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "l7/http/hpack_tables.h"

namespace tstat::internal {
namespace {

std::vector<uint8_t> Unhex(std::string_view text) {
  std::vector<uint8_t> bytes;
  std::string digits;
  for (char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<uint8_t>(std::stoi(digits, nullptr, 16)));
    digits.clear();
  }
  return bytes;
}

class Fields : public HpackReceiver {
 public:
  void OnField(HttpField field, std::string_view value, bool cut) override {
    text += std::to_string(static_cast<int>(field)) + "=" + std::string(value) + (cut ? "*" : "");
    text += '\n';
  }
  std::string text;
};

std::string Field(HttpField field, std::string_view value) {
  return std::to_string(static_cast<int>(field)) + "=" + std::string(value) + "\n";
}

// Blocks one after the other; whole and byte by byte. "bad" where a block is none.
class Blocks {
 public:
  std::string Read(const std::vector<uint8_t>& bytes) {
    const std::string whole = Read(bytes, bytes.size(), whole_);
    EXPECT_EQ(Read(bytes, 1, pieces_), whole);
    return whole;
  }
  std::string Read(std::string_view hex) { return Read(Unhex(hex)); }
  void Lose() {
    whole_.Lose();
    pieces_.Lose();
  }

 private:
  std::string Read(const std::vector<uint8_t>& bytes, size_t piece, HpackDecoder& decoder) {
    Fields fields;
    const ByteReader reader(bytes);
    for (size_t at = 0; at < bytes.size(); at += piece) {
      if (!decoder.Read(reader.Sub(at, piece), &value_, &fields)) return fields.text + "bad";
    }
    return decoder.EndBlock() ? fields.text : fields.text + "bad";
  }

  HpackDecoder whole_, pieces_;
  HpackDecoder::Value value_;
};

std::vector<uint8_t> Literal(std::string_view name, std::string_view value) {
  std::vector<uint8_t> block = {0x40};
  for (std::string_view text : {name, value}) {
    size_t size = text.size();
    if (size < 127) {
      block.push_back(static_cast<uint8_t>(size));
    } else {
      block.push_back(127);
      for (size -= 127; size >= 128; size >>= 7) {
        block.push_back(static_cast<uint8_t>(size | 0x80));
      }
      block.push_back(static_cast<uint8_t>(size));
    }
    block.insert(block.end(), text.begin(), text.end());
  }
  return block;
}

const std::string kGet = Field(HttpField::kMethod, "GET") + Field(HttpField::kPath, "/");
const std::string kExample = Field(HttpField::kAuthority, "www.example.com");

TEST(Hpack, RequestsOfTheRfc) {
  for (const auto& blocks :
       {std::vector<std::string_view>{
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661"
            "6c75 65"},
        {"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "8286 84be 5886 a8eb 1064 9cbf",
         "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"}}) {
    Blocks reader;
    EXPECT_EQ(reader.Read(blocks[0]), kGet + kExample);
    EXPECT_EQ(reader.Read(blocks[1]), kGet + kExample);
    EXPECT_EQ(reader.Read(blocks[2]),
              Field(HttpField::kMethod, "GET") + Field(HttpField::kPath, "/index.html") + kExample);
  }
}

TEST(Hpack, ResponsesOfTheRfcWhoseTableIsSmall) {
  Blocks reader;
  EXPECT_EQ(reader.Read("3fe1 01"), "");  // 256 bytes
  const std::string location = Field(HttpField::kLocation, "https://www.example.com");
  EXPECT_EQ(reader.Read("4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0"
                        "82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3"),
            Field(HttpField::kStatus, "302") + location);
  EXPECT_EQ(reader.Read("4883 640e ffc1 c0bf"), Field(HttpField::kStatus, "307") + location);
  EXPECT_EQ(
      reader.Read("88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b"
                  "d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27"
                  "0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07"),
      Field(HttpField::kStatus, "200") + location +
          Field(HttpField::kSetCookie, "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"));
}

TEST(Hpack, TheCodeHasEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    bool found = false;
    for (uint8_t known : kHpackCode.bytes) found = found || known == byte;
    EXPECT_TRUE(found) << byte;
  }
}

// The dynamic table goes by sizes also of what nobody looks at.
TEST(Hpack, EntriesThatPushOthersOut) {
  Blocks reader;
  EXPECT_EQ(reader.Read(Literal("host", "h.test")), Field(HttpField::kHost, "h.test"));
  EXPECT_EQ(reader.Read(Literal("x-other", std::string(4000, 'x'))), "");
  EXPECT_EQ(reader.Read("bf"), Field(HttpField::kHost, "h.test"));  // 42 and 4039 bytes
  EXPECT_EQ(reader.Read(Literal("a", "b")), "");
  EXPECT_EQ(reader.Read("bf"), "");
  EXPECT_EQ(reader.Read("c0"), "bad");
}

TEST(Hpack, AnEntryThatDoesNotFitEmptiesTheTable) {
  Blocks reader;
  EXPECT_EQ(reader.Read(Literal("host", "h.test")), Field(HttpField::kHost, "h.test"));
  EXPECT_EQ(reader.Read(Literal(std::string(70'000, 'n'), "v")), "");
  EXPECT_EQ(reader.Read("be"), "bad");
}

TEST(Hpack, LongValuesAreWholeInTheTableAndCutAt64KiB) {
  Blocks reader;
  const std::string whole(3000, 'v');
  EXPECT_EQ(reader.Read(Literal("cookie", whole)), Field(HttpField::kCookie, whole));
  EXPECT_EQ(reader.Read("be"), Field(HttpField::kCookie, whole));
  EXPECT_EQ(reader.Read(Literal("cookie", std::string(70'000, 'v'))),
            Field(HttpField::kCookie, std::string(GrowingText::kMost, 'v') + "*"));
}

TEST(Hpack, ValuesOfManyEntriesStayInTheTable) {
  Blocks reader;
  for (int i = 0; i < 500; ++i) {
    const std::string value = std::to_string(i) + std::string(static_cast<size_t>(i % 90), 'v');
    EXPECT_EQ(reader.Read(Literal("host", value)), Field(HttpField::kHost, value));
    EXPECT_EQ(reader.Read("be"), Field(HttpField::kHost, value));
    if (i == 0) continue;
    const std::string before =
        std::to_string(i - 1) + std::string(static_cast<size_t>((i - 1) % 90), 'v');
    EXPECT_EQ(reader.Read("bf"), Field(HttpField::kHost, before));
  }
}

TEST(Hpack, BehindMissingBytesOnlyWhatCameLaterIsKnown) {
  Blocks reader;
  EXPECT_EQ(reader.Read(Literal("host", "one")), Field(HttpField::kHost, "one"));
  reader.Lose();
  EXPECT_EQ(reader.Read("be"), "");
  EXPECT_EQ(reader.Read("7e 03 616263"), "");  // a name that is not known
  EXPECT_EQ(reader.Read(Literal("host", "two")), Field(HttpField::kHost, "two"));
  EXPECT_EQ(reader.Read("be 82 c5"),
            Field(HttpField::kHost, "two") + Field(HttpField::kMethod, "GET"));
}

TEST(Hpack, TablesThatAreGreaterThanWhatIsKept) {
  Blocks reader;
  EXPECT_EQ(reader.Read("3f e1 ff 03"), "");  // 65536 bytes
  EXPECT_EQ(reader.Read(Literal("host", "one")), Field(HttpField::kHost, "one"));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(reader.Read(Literal("x", std::string(2000, 'x'))), "");
  EXPECT_EQ(reader.Read("c2"), "");  // "one" is there, but not here
  EXPECT_EQ(reader.Read(Literal("host", "two")), Field(HttpField::kHost, "two"));
  EXPECT_EQ(reader.Read("be"), Field(HttpField::kHost, "two"));
}

TEST(Hpack, WhatIsNone) {
  for (std::string_view hex : {
           "80",                       // index 0
           "be",                       // of an empty table
           "ff ff ff ff ff ff ff 01",  // a number without end
           "7f",                       // ends inside a number
           "41 05 77 77",              // ends inside a value
           "41 83 ff ff ff",           // Huffman: the end of a string inside of it
           "41 82 f1 00",              // Huffman: padded with zeros
           "41 82 07 ff",              // Huffman: padded with more than seven bits
       }) {
    Blocks reader;
    EXPECT_TRUE(reader.Read(hex).ends_with("bad")) << hex;
  }
}

}  // namespace
}  // namespace tstat::internal
