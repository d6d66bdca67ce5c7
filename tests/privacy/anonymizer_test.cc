// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/anonymizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "privacy/crypto_pan.h"
#include "tests/privacy/keys.h"
#include "tstat/schema.h"

namespace tstat {
namespace {

IpAddress Address(const std::string& text) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(IpAddress());
}
std::string Image(Anonymizer& anonymizer, const std::string& address) {
  return anonymizer.Anonymize(Address(address)).ToString();
}

// Images that Tstat 3.1.1 and 3.3 give, and the authors' implementation for the second key.
struct V4Vector {
  const char *address, *short_key, *sample_key;
};
constexpr V4Vector kV4Vectors[] = {
    {"0.0.0.0", "103.132.193.201", "120.255.240.1"},
    {"0.0.0.1", "103.132.193.200", "120.255.240.0"},
    {"0.0.0.2", "103.132.193.202", "120.255.240.2"},
    {"1.2.3.4", "102.142.252.251", "121.3.0.245"},
    {"8.8.8.8", "105.231.201.248", "119.15.11.133"},
    {"10.0.0.1", "106.127.244.49", "117.15.0.1"},
    {"10.0.0.2", "106.127.244.50", "117.15.0.2"},
    {"10.1.2.3", "106.126.249.252", "117.14.241.243"},
    {"10.255.255.255", "106.255.224.31", "117.231.167.39"},
    {"127.0.0.1", "0.16.54.57", "33.0.243.129"},
    {"128.0.0.0", "153.131.61.247", "135.255.252.13"},
    {"128.11.68.132", "153.137.68.139", "135.242.180.132"},
    {"129.118.74.4", "152.246.73.243", "134.136.186.123"},
    {"172.16.0.1", "161.144.251.196", "172.208.3.128"},
    {"192.168.1.1", "254.167.206.52", "252.103.242.114"},
    {"192.168.1.2", "254.167.206.54", "252.103.242.113"},
    {"192.168.1.255", "254.167.206.159", "252.103.242.248"},
    {"192.168.2.1", "254.167.205.248", "252.103.240.15"},
    {"224.0.0.1", "223.140.199.192", "223.207.15.140"},
    {"255.255.255.255", "192.255.159.224", "206.120.97.255"},
};
TEST(Anonymizer, V4Vectors) {
  auto short_key = Make(ShortKey()), sample_key = Make(SampleKey());
  for (const V4Vector& v : kV4Vectors) {
    EXPECT_EQ(Image(*short_key, v.address), v.short_key) << v.address;
    EXPECT_EQ(Image(*sample_key, v.address), v.sample_key) << v.address;
    EXPECT_EQ(short_key->Reverse(Address(v.short_key)).ToString(), v.address);
    EXPECT_EQ(sample_key->Reverse(Address(v.sample_key)).ToString(), v.address);
  }
}

struct V6Vector {
  const char *address, *tstat_311, *tstat_33;
};
constexpr V6Vector kV6Vectors[] = {
    {"::", "c0ff:0237:c8f4:cc30:6f9e:f037:6784:c1c9", "c0ff:9fe0:c8f4:ced:6f9e:ff0f:6784:c1c9"},
    {"::1", "c0ff:0237:c8f4:cc30:6f9e:f037:6784:c1c8", "c0ff:9fe0:c8f4:ced:6f9e:ff0f:6784:c1c8"},
    {"::a00:1", "c0ff:0237:c8f4:cc30:6f9e:f037:6a7f:f431",
     "c0ff:9fe0:c8f4:ced:6f9e:ff0f:6a7f:f431"},
    {"::ffff:10.0.0.1", "c0ff:0237:c8f4:cc30:6f9e:6000:6a7f:f431",
     "c0ff:9fe0:c8f4:ced:6f9e:6e8e:6a7f:f431"},
    {"2001:470:1f0b::1", "e001:cb92:d3f9:31fc:6f9e:f037:6784:c1c8",
     "e001:1830:d3f9:ef13:6f9e:ff0f:6784:c1c8"},
    {"2001:db8::1", "e001:c2e7:c8f4:cc30:6f9e:f037:6784:c1c8",
     "e001:15b8:c8f4:ced:6f9e:ff0f:6784:c1c8"},
    {"2001:db8::2", "e001:c2e7:c8f4:cc30:6f9e:f037:6784:c1ca",
     "e001:15b8:c8f4:ced:6f9e:ff0f:6784:c1ca"},
    {"2001:db8:0:1::1", "e001:c2e7:c8f4:cc31:6f9e:f037:6784:c1c8",
     "e001:15b8:c8f4:cec:6f9e:ff0f:6784:c1c8"},
    {"2001:db8:1:2:3:4:5:6", "e001:c2e7:c8f5:0636:6f9c:01f5:6782:f7fe",
     "e001:15b8:c8f5:9496:6f9c:f04:6782:f7fe"},
    {"fc00::1", "64fe:cbfd:c8f4:cc30:6f9e:f037:6784:c1c8",
     "64fe:1fff:c8f4:ced:6f9e:ff0f:6784:c1c8"},
    {"fe80::1", "66fe:f3c9:c8f4:cc30:6f9e:f037:6784:c1c8", "66fe:1f:c8f4:ced:6f9e:ff0f:6784:c1c8"},
    {"ff02::1", "673d:343d:c8f4:cc30:6f9e:f037:6784:c1c8",
     "673d:e000:c8f4:ced:6f9e:ff0f:6784:c1c8"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6784:009f:6f9e:6000:c8f4:0060:c0ff:9fe0",
     "6784:c1c9:6f9e:ff0f:c8f4:ced:c0ff:9fe0"},
};
TEST(Anonymizer, V6VectorsOfBothVersions) {
  const Globals globals;
  auto old_masks = Make({.key = ShortKey(), .ipv6_masks = MasksOf(CompatProfile(), globals)});
  auto new_masks =
      Make({.key = ShortKey(), .ipv6_masks = MasksOf(CompatProfile::Tstat33(), globals)});
  for (const V6Vector& v : kV6Vectors) {
    EXPECT_EQ(old_masks->Anonymize(Address(v.address)), Address(v.tstat_311)) << v.address;
    EXPECT_EQ(new_masks->Anonymize(Address(v.address)), Address(v.tstat_33)) << v.address;
    EXPECT_EQ(old_masks->Reverse(Address(v.tstat_311)), Address(v.address));
    EXPECT_EQ(new_masks->Reverse(Address(v.tstat_33)), Address(v.address));
  }
}

// Integers of globals.conf, their first byte in the lowest bits.
TEST(Anonymizer, MasksOfGlobals) {
  Globals globals;
  globals.crypto_ipv6_mask = {0xffff, 0xf0f0, 0x0f0f, 0};
  EXPECT_EQ(MasksOf(CompatProfile::Tstat33(), globals), MasksOf(CompatProfile(), Globals()));
  globals.crypto_ipv6_mask = {1, 2, 3, 4};
  EXPECT_EQ(MasksOf(CompatProfile::Tstat33(), globals), globals.crypto_ipv6_mask);
  EXPECT_EQ(MasksOf(CompatProfile(), globals), MasksOf(CompatProfile(), Globals()));
}

TEST(Anonymizer, KeysOfOtherLengths) {
  EXPECT_EQ(Image(*Make(AnonymizationKey("")), "10.0.0.1"), "242.32.192.193");
  EXPECT_EQ(Image(*Make(AnonymizationKey("0123456789abcdef0123456789abcdefXYZ")), "10.0.0.1"),
            "58.1.207.134");
  EXPECT_EQ(Image(*Make(AnonymizationKey("x")), "10.0.0.1"), "249.147.252.1");
}

int CommonBits(const IpAddress& a, const IpAddress& b) {
  for (int i = 0; i < 128; ++i) {
    const int shift = 7 - i % 8;
    const size_t byte = static_cast<size_t>(i / 8);
    if (((a.bytes()[byte] ^ b.bytes()[byte]) >> shift & 1) != 0) return i;
  }
  return 128;
}

// Images have as many bits in common as the addresses, over the whole width; both come back.
TEST(Anonymizer, KeepsPrefixesOverTheWholeWidth) {
  std::mt19937 random(7);  // NOLINT: always the same addresses
  auto strict = Make({.key = ShortKey(), .strict = true});
  for (int i = 0; i < 300; ++i) {
    std::array<uint8_t, 16> bytes{};
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    const IpAddress a = IpAddress::V6(bytes);
    const size_t bit = random() % 128;
    bytes[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
    for (size_t j = bit / 8 + 1; j < 16; ++j) bytes[j] = static_cast<uint8_t>(random());
    const IpAddress b = IpAddress::V6(bytes);
    EXPECT_EQ(CommonBits(strict->Anonymize(a), strict->Anonymize(b)), static_cast<int>(bit));
    EXPECT_EQ(strict->Reverse(strict->Anonymize(a)), a);
    const IpAddress v4 = IpAddress::V4(static_cast<uint32_t>(random()));
    EXPECT_EQ(strict->Reverse(strict->Anonymize(v4)), v4);
    EXPECT_EQ(strict->Anonymize(v4), Make(ShortKey())->Anonymize(v4));
  }
}

// The first 32 bits of a whole IPv6 address depend on nothing behind them; equal words at other
// places give other images, which they do not when words are anonymised one by one.
TEST(Anonymizer, StrictIpv6IsNotWordByWord) {
  auto strict = Make({.key = ShortKey(), .strict = true});
  const IpAddress a = strict->Anonymize(Address("2001:db8::1"));
  const IpAddress b = strict->Anonymize(Address("2001:db9::1"));
  EXPECT_NE(std::vector(a.bytes().begin() + 12, a.bytes().end()),
            std::vector(b.bytes().begin() + 12, b.bytes().end()));
  EXPECT_NE(a, Make(ShortKey())->Anonymize(Address("2001:db8::1")));
}

// Both families have a cache of their own; what it counts are new flows and rows.
TEST(Anonymizer, CountsLookUps) {
  auto anonymizer = Make({.key = ShortKey(), .cache_size = 2});
  const auto counters = [&] {
    const AnonymizerCounters c = anonymizer->counters_v4();
    return std::array<uint64_t, 3>{c.inserted, c.hits, c.misses};
  };
  using Three = std::array<uint64_t, 3>;
  EXPECT_EQ(counters(), (Three{1, 0, 0}));
  anonymizer->Prepare(Address("0.0.0.0"));
  EXPECT_EQ(counters(), (Three{1, 1, 0}));
  anonymizer->Prepare(Address("10.0.0.1"));
  EXPECT_EQ(counters(), (Three{2, 1, 0}));
  anonymizer->Prepare(Address("10.0.0.2"));  // 0.0.0.0 goes
  EXPECT_EQ(Image(*anonymizer, "10.0.0.1"), "106.127.244.49");
  EXPECT_EQ(counters(), (Three{3, 1, 0}));
  anonymizer->Prepare(Address("10.0.0.3"));  // 10.0.0.2 goes: the other one was shown
  EXPECT_EQ(Image(*anonymizer, "10.0.0.1"), "106.127.244.49");
  EXPECT_EQ(counters(), (Three{4, 1, 0}));
  EXPECT_EQ(Image(*anonymizer, "10.0.0.2"), "106.127.244.50");
  EXPECT_EQ(counters(), (Three{5, 1, 1}));
  EXPECT_EQ(anonymizer->counters_v6().inserted, 1u);
  anonymizer->Prepare(Address("::"));
  anonymizer->Prepare(Address("::1"));
  EXPECT_EQ(anonymizer->counters_v6().inserted, 2u);
  EXPECT_EQ(anonymizer->counters_v6().hits, 1u);
}

TEST(Anonymizer, WorksWithoutCache) {
  auto anonymizer = Make({.key = ShortKey(), .cache_size = 0});
  EXPECT_EQ(Image(*anonymizer, "10.0.0.1"), "106.127.244.49");
  EXPECT_EQ(Image(*anonymizer, "10.0.0.1"), "106.127.244.49");
  EXPECT_EQ(anonymizer->counters_v4().misses, 2u);
}

// Texts and what Tstat 3.3 --enc writes for them.
struct EncryptedName {
  const char *name, *encrypted;
};
constexpr EncryptedName kEncryptedNames[] = {
    {"google.com", "d+ZnPzrQ10ypLESPflzcDQ=="},
    {"onedrive.com", "5MSA1jVl1dOE5NXKT9nnRw=="},
    {"www.google.com", "v30vLux0aSIy6gIdMAdcyw=="},
    {"0123456789abcdef", "uWBx4nGCXuTz06ir//pqWQ=="},
    {"0123456789abcdef0", "uWBx4nGCXuTz06ir//pqWZFfh+YRP8nv2OYJ03huvR0="},
    {"www.wikipedia.org", "hPUPhx5yDA8kOZALZQxyCZSqpTOajpczGcRWJK0PGvk="},
    {"a248.e.akamai.net", "+RMylV3OEjwLeTv1lofUXfPcGrK5YcDNEnzywFECjI8="},
    {"igcdn-photos-a-a.akamaihd.net", "CDh1Sl+3t84hmZscoNHLOKTd1RfNKXMZpopdzgWY+s8="},
};
TEST(Anonymizer, EncryptsNames) {
  auto anonymizer = Make(ShortKey());
  for (const EncryptedName& v : kEncryptedNames) {
    EXPECT_EQ(anonymizer->EncryptName(v.name), v.encrypted);
    EXPECT_EQ(anonymizer->DecryptName(v.encrypted), v.name);
  }
  EXPECT_EQ(anonymizer->EncryptName(""), "");
  EXPECT_EQ(anonymizer->DecryptName(""), "");
  EXPECT_EQ(anonymizer->DecryptName("-"), std::nullopt);
  EXPECT_EQ(anonymizer->DecryptName("google.com"), std::nullopt);
  EXPECT_EQ(anonymizer->DecryptName("d+ZnPzrQ10ypLESPflzcDQ="), std::nullopt);
  EXPECT_EQ(anonymizer->DecryptName("d+Zn"), std::nullopt);  // three bytes are no block
}

// HMAC-SHA-256 of a label, its first 16 bytes in Base32.
TEST(Anonymizer, Pseudonyms) {
  auto anonymizer = Make(ShortKey());
  EXPECT_EQ(anonymizer->Pseudonym("www.example.com"),
            "76fujeq2oinoggzpe2u6tndu6q.cvushzhknk3xaia7zntsymk3qe.st2jxyitftu4icw67zuvniunr4");
  EXPECT_EQ(anonymizer->Pseudonym("WWW.Example.com"), anonymizer->Pseudonym("www.example.com"));
  EXPECT_EQ(anonymizer->Pseudonym("com"), anonymizer->Pseudonym("www.example.com").substr(2 * 27));
  EXPECT_EQ(anonymizer->Pseudonym("com."), anonymizer->Pseudonym("com") + ".");
  EXPECT_EQ(anonymizer->Pseudonym("a..b"),
            anonymizer->Pseudonym("a") + ".." + anonymizer->Pseudonym("b"));
  EXPECT_EQ(anonymizer->Pseudonym(""), "");
  EXPECT_NE(anonymizer->Pseudonym("com"), Make(SampleKey())->Pseudonym("com"));
}

ColumnInfo Column(Privacy privacy, ColumnKind kind, bool hidden_by_enc = false) {
  ColumnInfo info;
  info.label = "a";
  info.type.kind = kind;
  info.privacy = privacy;
  info.hidden_by_enc = hidden_by_enc;
  return info;
}

TEST(Anonymizer, ShowsWhatAColumnAllows) {
  auto anonymizer = Make({.key = ShortKey(), .encrypt_names = true});
  const IpAddress address = Address("10.0.0.1");
  const ColumnInfo ip = Column(Privacy::kAddress, ColumnKind::kAddress);
  ShownValue storage;
  Value shown = anonymizer->Shown(ip, Value::Of(AddressView{&address, true}), &storage);
  EXPECT_EQ(shown.address().ToString(), "106.127.244.49");
  EXPECT_FALSE(shown.encrypted());
  shown = anonymizer->Shown(ip, Value::Of(AddressView{&address, false}), &storage);
  EXPECT_EQ(shown.address().ToString(), "10.0.0.1");
  const Value name = Value::Of(std::string_view("google.com"));
  shown = anonymizer->Shown(Column(Privacy::kName, ColumnKind::kText, true), name, &storage);
  EXPECT_EQ(shown.text(), "d+ZnPzrQ10ypLESPflzcDQ==");
  shown = anonymizer->Shown(Column(Privacy::kName, ColumnKind::kText), name, &storage);
  EXPECT_EQ(shown.text(), "google.com");
  EXPECT_TRUE(anonymizer->Shown(ip, Value(), &storage).is_absent());
}

TEST(Anonymizer, ShowsLittleWhenStrict) {
  auto anonymizer = Make({.key = ShortKey(), .encrypt_names = true, .strict = true});
  const IpAddress address = Address("10.0.0.1");
  ShownValue storage;
  const auto shown = [&](Privacy privacy, ColumnKind kind, const Value& value) {
    return anonymizer->Shown(Column(privacy, kind, true), value, &storage);
  };
  const Value text = Value::Of(TextView{"Google.com", true, false});
  const Value number = Value::Of(uint32_t{7});
  EXPECT_EQ(shown(Privacy::kAddress, ColumnKind::kAddress, Value::Of(AddressView{&address, false}))
                .address()
                .ToString(),
            "106.127.244.49");
  EXPECT_TRUE(shown(Privacy::kAddress, ColumnKind::kText, text).is_absent());
  const Value name = shown(Privacy::kName, ColumnKind::kText, text);
  EXPECT_EQ(name.text(), anonymizer->Pseudonym("google.com"));
  EXPECT_TRUE(name.begin_missing());
  EXPECT_TRUE(shown(Privacy::kName, ColumnKind::kUnsigned, number).is_absent());
  EXPECT_TRUE(shown(Privacy::kContent, ColumnKind::kText, text).is_absent());
  EXPECT_TRUE(shown(Privacy::kContent, ColumnKind::kUnsigned, number).is_absent());
  EXPECT_TRUE(shown(Privacy::kDerived, ColumnKind::kText, text).is_absent());
  EXPECT_EQ(shown(Privacy::kDerived, ColumnKind::kUnsigned, number).unsigned_number(), 7u);
  EXPECT_EQ(shown(Privacy::kPublic, ColumnKind::kUnsigned, number).unsigned_number(), 7u);
}

// Every address and text of every log has a class that says what becomes of it.
TEST(Anonymizer, NoColumnOfTheSchemaIsForgotten) {
  ForEachLog([](const auto& entry) {
    if (!entry.table.has_value()) return;
    for (const auto& column : (*entry.table)().columns()) {
      if (column.info.type.kind == ColumnKind::kAddress) {
        EXPECT_EQ(column.info.privacy, Privacy::kAddress) << column.info.Name();
      }
      if (column.info.hidden_by_enc) {
        EXPECT_NE(column.info.privacy, Privacy::kPublic) << column.info.Name();
      }
    }
  });
}

}  // namespace
}  // namespace tstat
