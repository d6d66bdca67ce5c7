// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/ssh_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "l7/tls/fingerprint.h"
#include "tests/l7/layer7_harness.h"
#include "tests/l7/tls/hello_builder.h"

namespace tstat::internal {
namespace {

using hello::Number;
using hello::Vector;

std::string KexInit(const std::vector<std::string>& lists) {
  std::string s = "\x14" + std::string(16, 'c');
  for (const std::string& list : lists) s += Vector(list, 4);
  return s + std::string(5, '\0');
}
std::string Packet(const std::string& payload) {
  return Number(payload.size() + 5, 4) + Number(4, 1) + payload + std::string(4, 'p');
}
const std::vector<std::string> kLists = {"kex",    "key",     "cipher-out", "cipher-in", "mac-out",
                                         "mac-in", "zip-out", "zip-in",     "",          ""};

TEST(SshStream, VersionsAndFingerprints) {
  for (const size_t size : {1u, 7u, 1000u}) {
    Layer7Harness flow(CompatProfile::None());
    flow.Handshake();
    const std::string server =
        "Welcome\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + Packet(KexInit(kLists));
    const std::string client = "SSH-2.0-PuTTY\n" + Packet(KexInit(kLists));
    // The line before the identification is no signature: the client's is.
    for (size_t at = 0; at < client.size(); at += size) flow.Client(client.substr(at, size));
    for (size_t at = 0; at < server.size(); at += size) flow.Server(server.substr(at, size));
    const TcpFlow record = flow.Close();
    ASSERT_NE(record.layer7.handshake, nullptr);
    const HandshakeDetails& details = *record.layer7.handshake;
    EXPECT_EQ(details.client_software, "SSH-2.0-PuTTY");
    EXPECT_EQ(details.server_software, "SSH-2.0-OpenSSH_9.2p1 Debian-2");
    EXPECT_EQ(details.hassh, Md5Hex("kex;cipher-out;mac-out;zip-out"));
    EXPECT_EQ(details.hassh_server, Md5Hex("kex;cipher-in;mac-in;zip-in"));
    EXPECT_EQ(record.layer7.application, Application::kSsh);
    EXPECT_EQ(details.version, 0);
  }
}

// RFC 4253, 4.2: a server may send other lines before.
TEST(SshStream, LinesBeforeTheIdentification) {
  const std::string client = "SSH-2.0-PuTTY\r\n" + Packet(KexInit(kLists));
  const std::string identification = "SSH-2.0-srv\r\n";
  for (const int lines : {1, 3, 60, 1000}) {
    std::string before;
    for (int i = 0; i < lines; ++i) before += "Line " + std::to_string(i) + " of a banner\r\n";
    if (lines == 3) before += std::string(3000, 'x') + "\n";
    const std::string server = before + identification + Packet(KexInit(kLists));
    for (const size_t size : {1u, 7u, 26u, 1400u}) {
      for (const bool client_first : {false, true}) {
        Layer7Harness flow(CompatProfile::None());
        flow.Handshake();
        if (client_first) flow.Client(client);
        for (size_t at = 0; at < server.size(); at += size) flow.Server(server.substr(at, size));
        if (!client_first) flow.Client(client);
        const TcpFlow record = flow.Close();
        ASSERT_NE(record.layer7.handshake, nullptr) << lines << ' ' << size;
        EXPECT_EQ(record.layer7.handshake->client_software, "SSH-2.0-PuTTY");
        EXPECT_EQ(record.layer7.handshake->server_software, "SSH-2.0-srv");
        EXPECT_EQ(record.layer7.handshake->hassh.size(), 32u);
        EXPECT_EQ(record.layer7.handshake->hassh_server.size(), 32u);
        EXPECT_EQ(record.layer7.application, Application::kSsh);
        EXPECT_NE(record.layer7.connection_type & connection_type::kSsh, 0u);
      }
    }
  }
}

TEST(SshStream, ALineOfOthersIsNone) {
  Layer7Harness flow(CompatProfile::None());
  flow.Handshake();
  flow.Client("scan\r\n");  // no client of SSH
  flow.Server("found:\r\nSSH-2.0-srv\r\n");
  EXPECT_EQ(flow.Close().layer7.application, Application::kUnknown);
}

TEST(SshStream, AnIdentificationThatIsCutIsNotShown) {
  for (const size_t captured : {9u, 13u}) {
    Layer7Harness flow(CompatProfile::None());
    flow.Handshake();
    constexpr uint8_t kPushed = tcp_flags::kAck | tcp_flags::kPsh;
    flow.Segment(Direction::kClientToServer, "SSH-2.0-PuTTY\r\n", kPushed, captured);
    flow.Server("SSH-2.0-srv");  // the flow ends
    const TcpFlow record = flow.Close();
    EXPECT_EQ(record.layer7.application, Application::kSsh);
    EXPECT_EQ(record.layer7.handshake->client_software, "");
    EXPECT_EQ(record.layer7.handshake->server_software, "");
  }
  Layer7Harness longest(CompatProfile::None());
  longest.Handshake();
  longest.Client("SSH-2.0-" + std::string(246, 'v') + "\n");
  longest.Server("SSH-2.0-" + std::string(247, 'v') + "\n");
  const TcpFlow record = longest.Close();
  EXPECT_EQ(record.layer7.handshake->client_software.size(), 254u);
  EXPECT_EQ(record.layer7.handshake->server_software, "");  // more than RFC 4253, 4.2 allows
}

TEST(SshStream, NothingOfWhatIsNotWhole) {
  const std::string message = KexInit(kLists);
  const std::string lists = message.substr(0, message.size() - 13);  // without the last two lists
  for (size_t size = 0; size < lists.size(); ++size) {
    const std::string cut = lists.substr(0, size);
    EXPECT_EQ(Hassh(hello::View(cut), Direction::kClientToServer), "") << size;
  }
  EXPECT_EQ(Hassh(hello::View(lists), Direction::kClientToServer).size(), 32u);
  const std::string other = "\x15" + message.substr(1);
  EXPECT_EQ(Hassh(hello::View(other), Direction::kClientToServer), "");

  Layer7Harness flow(CompatProfile::None());
  flow.Handshake();
  flow.Client("SSH-2.0-x\r\n" + Number(0xFFFFFFFF, 4) + std::string(100, 'x'));
  flow.Server("SSH-1.99-\x01\x02\r\n" + Packet("\x14 short"));
  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.handshake->hassh, "");
  EXPECT_EQ(record.layer7.handshake->hassh_server, "");
  EXPECT_EQ(record.layer7.handshake->server_software, "SSH-1.99-");
}

}  // namespace
}  // namespace tstat::internal
