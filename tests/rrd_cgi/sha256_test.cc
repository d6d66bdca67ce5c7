// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/sha256.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

#include "tstat-rrd-cgi/encoding.h"

namespace tstat::viewer {
namespace {

// FIPS 180-4's examples.
TEST(Sha256Test, Examples) {
  EXPECT_EQ(HexText(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexText(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexText(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// RFC 4231, 4.3 and 4.7.
TEST(Sha256Test, ExamplesWithKeys) {
  EXPECT_EQ(HexText(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexText(HmacSha256(std::string(131, '\xaa'),
                               "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// Where blocks end, and behind it.
TEST(Sha256Test, AllLengthsAreAsLibcryptoHasThem) {
  std::string text;
  for (int length = 0; length < 300; ++length) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    ASSERT_EQ(EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr), 1);
    EXPECT_EQ(Sha256(text), std::string(reinterpret_cast<char*>(digest), size)) << length;
    HMAC(EVP_sha256(), text.data(), length, digest, 0, digest, &size);
    EXPECT_EQ(HmacSha256(text, ""), std::string(reinterpret_cast<char*>(digest), size)) << length;
    text += static_cast<char>(length * 37 + 11);
  }
}

}  // namespace
}  // namespace tstat::viewer
