// SPDX-License-Identifier: BSD-3-Clause
#include "l7/sip/sip_message.h"

#include <gtest/gtest.h>

#include <string>

namespace tstat::internal {
namespace {

const std::string kHead =
    "INVITE sip:bob@b.test SIP/2.0\r\nVia: SIP/2.0/UDP a.test\r\nCall-ID: 17@a.test\r\n";

std::vector<SdpMedia> Sdp(const std::string& lines) {
  return ReadSdp("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n" + lines);
}
// "192.0.2.1:4000", "192.0.2.1:4001c" of RTCP.
std::string Places(const SdpMedia& media) {
  std::string text;
  for (const SdpEndpoint& e : media.endpoints) {
    text += (text.empty() ? "" : " ") + e.address.ToString() + ":" + std::to_string(e.port) +
            (e.is_control ? "c" : "");
  }
  return text;
}

TEST(SipMessage, RequestsAndResponsesBeginOne) {
  for (const char* line : {"SIP/2.0 200 OK", "REGISTER sip:a SIP/2.0", "ACK sips:a SIP/2.0",
                           "INVITE tel:+1 SIP/2.0", "OPTIONS SIP:a SIP/2.0"}) {
    EXPECT_TRUE(StartsSip(line)) << line;
  }
  for (const char* line : {"", "SIP/2.0", "GET / HTTP/1.1", "AB sip:a", "INVITE", "INVITE ",
                           "invite sip:a", "SIP/3.0 200", "SUBSCRIBESUBSCRIBE sip:a", "ACK sip"}) {
    EXPECT_FALSE(StartsSip(line)) << line;
  }
}

TEST(SipMessage, HeadersInAnyForm) {
  const auto id = [](const std::string& field) {
    const std::string text = "SIP/2.0 200 OK\r\n" + field + "\r\n\r\n";
    const auto message = ReadSip(text);
    return std::string(message ? message->call_id : "none");
  };
  EXPECT_EQ(id("Call-ID: a@b"), "a@b");
  EXPECT_EQ(id("CALL-id :\ta@b \t"), "a@b");
  EXPECT_EQ(id("i:a@b"), "a@b");
  EXPECT_EQ(id("Call-ID:\r\n  a@b"), "a@b");
  EXPECT_EQ(id("Call-ID: a@b\r\nCall-ID: c@d"), "a@b");
  EXPECT_EQ(id("X-Call-ID: a@b"), "");
  EXPECT_EQ(id("Call-ID: " + std::string(1000, 'x')).size(), 255u);
}

TEST(SipMessage, ItsLengthSaysWhereTheBodyEnds) {
  const std::string text = kHead + "Content-Length: 3\r\n\r\nabcdef";
  const auto message = ReadSip(text);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->body, "abc");
  EXPECT_EQ(message->bytes, text.size() - 3);
  EXPECT_EQ(ReadSip(kHead + "l: 3\r\n\r\nabcdef")->body, "abc");
  EXPECT_EQ(ReadSip(kHead + "\r\nabcdef")->body, "abcdef");          // of a datagram
  EXPECT_EQ(ReadSip(kHead + "l: 9\r\n\r\nabcdef")->body, "abcdef");  // cut
}

TEST(SipMessage, OfAStreamOnlyWholeOnes) {
  const std::string text = kHead + "Content-Length: 3\r\n\r\nabc";
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ReadSip(text.substr(0, size), true).has_value()) << size;
  }
  EXPECT_EQ(ReadSip(text + "SIP/2.0 200 OK", true)->bytes, text.size());
  EXPECT_EQ(ReadSip(kHead + "\r\nabc", true)->body, "");  // RFC 3261, 18.3: there is none
}

TEST(SipMessage, ACutOneSaysWhatItHas) {
  EXPECT_EQ(ReadSip(kHead)->call_id, "17@a.test");
  const std::string cut = kHead.substr(0, kHead.size() - 4);
  EXPECT_EQ(ReadSip(cut)->call_id, "");  // perhaps longer
  EXPECT_EQ(ReadSip("SIP/2.0 200 OK")->call_id, "");
}

TEST(Sdp, MediaOfTheSessionAndTheirOwnAddresses) {
  const auto media = Sdp(
      "c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"
      "a=rtpmap:101 telephone-event/8000\r\nm=video 5000 RTP/SAVPF 96\r\nc=IN IP6 2001:db8::2\r\n"
      "a=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n");
  ASSERT_EQ(media.size(), 2u);
  EXPECT_EQ(media[0].kind, "audio");
  EXPECT_EQ(media[0].codecs, "PCMU,PCMA,telephone-event");
  EXPECT_TRUE(media[0].is_rtp);
  EXPECT_EQ(Places(media[0]), "192.0.2.1:4000 192.0.2.1:4001c");
  EXPECT_EQ(media[1].codecs, "VP8");
  EXPECT_EQ(Places(media[1]), "2001:db8::2:5000");
}

TEST(Sdp, ControlElsewhereAndSeveralPorts) {
  const auto media =
      Sdp("c=IN IP4 192.0.2.1/127\nm=audio 4000 RTP/AVP 18\na=rtcp:53020\n"
          "m=audio 6000/2 RTP/AVP 18\na=rtcp:53030 IN IP4 192.0.2.7\nm=video 7000/2 RTP/AVP 34\n");
  ASSERT_EQ(media.size(), 3u);
  EXPECT_EQ(Places(media[0]), "192.0.2.1:4000 192.0.2.1:53020c");
  EXPECT_EQ(Places(media[1]), "192.0.2.1:6000 192.0.2.7:53030c 192.0.2.1:6002 192.0.2.7:53032c");
  EXPECT_EQ(Places(media[2]), "192.0.2.1:7000 192.0.2.1:7001c 192.0.2.1:7002 192.0.2.1:7003c");
}

TEST(Sdp, CandidatesOfIce) {
  const auto media =
      Sdp("c=IN IP4 0.0.0.0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
          "a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host\r\n"
          "a=candidate:1 2 udp 2130706430 10.0.1.1 8999 typ host\r\n"
          "a=candidate:2 1 TCP 1 10.0.1.1 9000 typ host\r\na=candidate:3 1 UDP 1 a.local 9 typ "
          "host\r\n");
  ASSERT_EQ(media.size(), 1u);
  EXPECT_EQ(Places(media[0]), "10.0.1.1:8998 10.0.1.1:8999c");
  EXPECT_EQ(media[0].codecs, "opus");
}

TEST(Sdp, OfAFaxAndOfWhatIsNotSent) {
  const auto fax = Sdp("c=IN IP4 192.0.2.1\r\nm=image 4000 udptl t38\r\n");
  ASSERT_EQ(fax.size(), 1u);
  EXPECT_FALSE(fax[0].is_rtp);
  EXPECT_EQ(fax[0].codecs, "t38");
  EXPECT_EQ(Places(fax[0]), "192.0.2.1:4000");
  EXPECT_TRUE(Sdp("c=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n").empty());   // refused
  EXPECT_TRUE(Sdp("c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n").empty());  // on hold
  EXPECT_TRUE(Sdp("c=IN IP4 host.test\r\nm=audio 4000 RTP/AVP 0\r\n").empty());
  EXPECT_TRUE(Sdp("m=audio 4000 RTP/AVP 0\r\n").empty());
  EXPECT_TRUE(Sdp("c=IN IP4 192.0.2.1\r\nm=audio 70000 RTP/AVP 0\r\n").empty());
  EXPECT_TRUE(ReadSdp("").empty());
}

TEST(Sdp, IsBounded) {
  std::string lines = "c=IN IP4 192.0.2.1\r\n";
  for (int i = 0; i < 100; ++i) lines += "m=audio 4000/60000 RTP/AVP 0\r\n";
  const auto media = Sdp(lines);
  EXPECT_EQ(media.size(), kMostSdpMedia);
  for (const SdpMedia& m : media) EXPECT_LE(m.endpoints.size(), kMostSdpEndpoints);
  std::string formats = "c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP";
  for (int i = 0; i < 5000; ++i) formats += " 0";
  EXPECT_LE(Sdp(formats)[0].codecs.size(), 255u);
  EXPECT_EQ(Places(Sdp("c=IN IP4 192.0.2.1\r\nm=audio 65535/3 RTP/AVP 0\r\n")[0]),
            "192.0.2.1:65535");
}

}  // namespace
}  // namespace tstat::internal
