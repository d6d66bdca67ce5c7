// SPDX-License-Identifier: BSD-3-Clause
#include "l7/p2p/ed2k.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

namespace tstat::internal {
namespace {

constexpr uint8_t kEdonkey = 0xE3, kEmule = 0xC5, kPacked = 0xD4;

// The start of a message whose rest is in the next segments: `length` is that of the message.
std::string Message(uint8_t protocol, uint8_t opcode, uint32_t length = 500) {
  std::string bytes(1, static_cast<char>(protocol));
  for (int shift : {0, 8, 16, 24}) bytes.push_back(static_cast<char>(length >> shift));
  return bytes + static_cast<char>(opcode) + std::string(20, 'x');
}

std::optional<Ed2kMessage> Match(const std::string& bytes) {
  return Ed2kMessage::Parse(
      ByteReader({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}),
      static_cast<int32_t>(bytes.size()));
}

// Opcodes that are believed although the message goes on in the next segment.
TEST(Ed2kTest, OpcodesOfUnfinishedMessages) {
  const std::set<int> edonkey = {
      0x01, 0x05, 0x14, 0x15, 0x16, 0x18, 0x19, 0x1A, 0x1C, 0x1D, 0x1E, 0x1F, 0x21, 0x23, 0x32,
      0x33, 0x34, 0x35, 0x36, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x40, 0x41, 0x42, 0x43, 0x44,
      0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F, 0x50, 0x51, 0x52, 0x53, 0x54,
      0x55, 0x56, 0x57, 0x58, 0x59, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61};
  std::set<int> emule = {0x01, 0x02, 0x40, 0x60, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87};
  for (int opcode = 0x90; opcode <= 0xA4; ++opcode) emule.insert(opcode);
  std::set<int> packed = emule;
  packed.insert(0x15);
  for (int opcode = 0; opcode < 256; ++opcode) {
    const auto op = static_cast<uint8_t>(opcode);
    EXPECT_EQ(Match(Message(kEdonkey, op)).has_value(), edonkey.contains(opcode)) << opcode;
    EXPECT_EQ(Match(Message(kEmule, op)).has_value(), emule.contains(opcode)) << opcode;
    EXPECT_EQ(Match(Message(kPacked, op)).has_value(), packed.contains(opcode)) << opcode;
    EXPECT_FALSE(Match(Message(kEdonkey, op, 0x10000 + 500)).has_value()) << opcode;  // too long
    EXPECT_TRUE(Match(Message(kEdonkey, op, 21)).has_value()) << opcode;  // whole: any opcode
    EXPECT_FALSE(Match(Message(0xE4, op, 21)).has_value());
  }
}

TEST(Ed2kTest, Subtypes) {
  EXPECT_EQ(Match(Message(kEdonkey, 0x46))->subtype, 4);
  EXPECT_EQ(Match(Message(kEmule, 0x40))->subtype, 3);
  EXPECT_EQ(Match(Message(kEdonkey, 0x40))->subtype, 0x40);
  EXPECT_EQ(Match(Message(kEmule, 0xA4))->subtype, 0xA4 - 100);
  EXPECT_EQ(Match(Message(kEdonkey, 0x4C))->subtype, 0x4C);
  EXPECT_EQ(Match(Message(kEdonkey, 0x4C, 21))->subtype, 9);  // a whole answer to a hello
}

TEST(Ed2kTest, Counters) {
  TcpLayer7Flow flow;
  const auto count = [&](uint8_t protocol, uint8_t opcode) {
    CountEd2k({protocol, opcode, 0}, flow);
  };
  count(kEdonkey, 0x46);  // data, between clients
  EXPECT_EQ(flow.ed2k_data, 1u);
  EXPECT_EQ(flow.ed2k_client_client, 1u);
  count(kEmule, 0x40);
  EXPECT_EQ(flow.ed2k_data, 2u);
  count(kEdonkey, 0x01);  // a hello is of neither kind
  EXPECT_EQ(flow.ed2k_signalling, 1u);
  EXPECT_EQ(flow.ed2k_client_client + flow.ed2k_client_server, 2u);
  count(kPacked, 0x15);
  EXPECT_EQ(flow.ed2k_client_server, 1u);
  count(kEmule, 0x15);
  EXPECT_EQ(flow.ed2k_client_server, 1u);
  EXPECT_EQ(flow.ed2k_chat, 0u);
  count(kEdonkey, 0x4E);
  count(kEmule, 0x4E);
  EXPECT_EQ(flow.ed2k_chat, 1u);
}

TEST(Ed2kTest, OpcodesBetweenClientAndServer) {
  const std::set<int> with_server = {0x05, 0x14, 0x15, 0x16, 0x18, 0x19, 0x1A, 0x1C, 0x1D, 0x1E,
                                     0x1F, 0x21, 0x23, 0x32, 0x33, 0x34, 0x35, 0x36, 0x38, 0x39,
                                     0x3A, 0x3B, 0x3C, 0x3D, 0x40, 0x41, 0x42, 0x43, 0x44};
  for (int opcode = 0; opcode < 256; ++opcode) {
    TcpLayer7Flow flow;
    CountEd2k({kEdonkey, static_cast<uint8_t>(opcode), 0}, flow);
    EXPECT_EQ(flow.ed2k_client_server, with_server.contains(opcode)) << opcode;
  }
}

}  // namespace
}  // namespace tstat::internal
