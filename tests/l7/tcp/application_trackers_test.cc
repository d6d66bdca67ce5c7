// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP, video and chat trackers behind their seam: which segments they see, which events come out.
#include "l7/tcp/application_trackers.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tstat::internal {
namespace {

constexpr Direction kClient = Direction::kClientToServer;
constexpr Direction kServer = Direction::kServerToClient;
constexpr std::string_view kVideoHead = "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n";

class Recorder : public EventSink {
 public:
  EventMask Wants() const override { return {}; }
  void OnHttpMessage(const HttpMessage& m) override { hosts.emplace_back(m.hostname.text); }
  void OnVideoFlow(const VideoFlow& v) override { videos.push_back(v); }
  void OnChatFlow(const ChatFlow& c) override { chats.push_back(c); }
  void OnChatMessage(const ChatMessage& m) override { messages.push_back(m); }

  std::vector<std::string> hosts;
  std::vector<VideoFlow> videos;
  std::vector<ChatFlow> chats;
  std::vector<ChatMessage> messages;
};

// One flow; every segment is a packet.
class ApplicationTrackersTest : public testing::Test {
 protected:
  void Start(EventMask wants, Observer* observer = nullptr) {
    trackers_ = std::make_unique<ApplicationTrackers>(CompatProfile{}, /*strict_privacy=*/false,
                                                      wants, &out_, observer);
  }

  TcpLayer7Input Input(Direction direction, std::string_view payload) {
    datagram_.time = Timestamp::FromMicroseconds(1500000000000000 + 10000 * ++packets_);
    step_.direction = direction;
    step_.datagram = &datagram_;
    TcpLayer7Input in;
    in.step = &step_;
    in.identity = &identity_;
    in.payload = ByteReader({reinterpret_cast<const uint8_t*>(payload.data()), payload.size()});
    in.payload_length = static_cast<int32_t>(payload.size());
    in.flow_packets = packets_;
    return in;
  }
  void Segment(Direction direction, std::string_view payload) {
    const TcpLayer7Input in = Input(direction, payload);
    trackers_->OnSegment(in, flow_, payload.size() < 5 ? 0 : in.payload.U32(0));
  }

  void Close(uint32_t connection_type, bool complete = true, bool reported = true) {
    CloseStep step;
    step.complete = complete;
    step.reported = reported;
    TcpFlow record;
    record.layer7.connection_type = connection_type;
    record.layer7.http_content = flow_.http_content;
    trackers_->OnFlowClosing(step, record, flow_);
    trackers_->OnFlowClosed(step, record, flow_);
  }

  uint64_t packets_ = 0;
  Recorder out_;
  Datagram datagram_;
  TcpSegmentStep step_;
  FlowIdentity identity_{
      .endpoints = {}, .start = Timestamp::FromMicroseconds(1500000000000000), .number = 7};
  TcpLayer7Flow flow_;
  std::unique_ptr<ApplicationTrackers> trackers_;
};

TEST_F(ApplicationTrackersTest, HttpMessagesOnlyWhenWanted) {
  Start(Event::kHttpMessage);
  Segment(kClient, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  Segment(kServer, "HTTP/1.1 200 OK\r\n\r\n");
  Segment(kClient, "body");
  EXPECT_EQ(out_.hosts, (std::vector<std::string>{"a", ""}));
  Start(Event::kTcpFlow);
  Segment(kClient, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(out_.hosts.size(), 2u);
}

TEST_F(ApplicationTrackersTest, VideoByContent) {
  Start(Event::kVideoFlow);
  Segment(kServer, kVideoHead);  // before the request: not looked at
  Segment(kClient, "GET / HTTP/1.1\r\n\r\n");
  Segment(kServer, "HTT");
  Segment(kServer, kVideoHead);
  Close(connection_type::kHttp);
  ASSERT_EQ(out_.videos.size(), 1u);
  EXPECT_EQ(out_.videos[0].content_type, VideoCode::kMp4);
  EXPECT_EQ(flow_.video, nullptr);
}

TEST_F(ApplicationTrackersTest, VideoRowsAreOfCompleteReportedHttpFlows) {
  const auto rows = [&](uint32_t type, bool complete, bool reported) {
    flow_ = {};
    packets_ = 0;
    out_.videos.clear();
    Start(Event::kVideoFlow);
    Segment(kClient, "POST / HTTP/1.1\r\n\r\n");
    Segment(kServer, kVideoHead);
    Close(type, complete, reported);
    return out_.videos.size();
  };
  EXPECT_EQ(rows(connection_type::kHttp, true, true), 1u);
  EXPECT_EQ(rows(connection_type::kHttp, false, true), 0u);
  EXPECT_EQ(rows(connection_type::kHttp, true, false), 0u);
  EXPECT_EQ(rows(connection_type::kUnknown, true, true), 0u);
}

TEST_F(ApplicationTrackersTest, VideoBudgets) {
  Start(Event::kVideoFlow);
  packets_ = 40;
  Segment(kClient, "something");  // the 41st packet is no request: given up
  Segment(kClient, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(flow_.video_progress, VideoProgress::kDone);

  flow_ = {};
  packets_ = 41;
  Segment(kClient, "GET / HTTP/1.1\r\n\r\n");
  packets_ = 50;
  Segment(kServer, kVideoHead);  // the 51st is still looked at
  EXPECT_EQ(flow_.video_progress, VideoProgress::kDone);
  Close(connection_type::kHttp);
  EXPECT_EQ(out_.videos.size(), 1u);
}

TEST_F(ApplicationTrackersTest, YoutubeParametersAreThoseOfTheLastYoutubeRequest) {
  Start(Event::kVideoFlow);
  flow_.http_content = http_content::kYoutube204;
  trackers_->OnRequestClassified(Input(kClient, "GET /generate_204?id=0123456789abcdef&itag=5& "),
                                 flow_, HttpMethod::kGet, http_content::kYoutube204, true);
  EXPECT_EQ(flow_.video->youtube.itag.view(), "5");
  trackers_->OnRequestClassified(Input(kClient, "GET /other "), flow_, HttpMethod::kGet,
                                 http_content::kGet, false);
  EXPECT_EQ(flow_.video->youtube.itag.view(), "5");
  EXPECT_EQ(flow_.video->youtube.id.view(), "0123456789abcdef");
  flow_.http_content = http_content::kYoutube204Video;
  trackers_->OnRequestClassified(Input(kClient, "GET /videoplayback?itag=34& "), flow_,
                                 HttpMethod::kGet, http_content::kYoutubeVideo, false);
  Close(connection_type::kHttp);
  ASSERT_EQ(out_.videos.size(), 1u);
  EXPECT_EQ(out_.videos[0].youtube_itag.view(), "34");
  EXPECT_EQ(out_.videos[0].youtube_id11.view(), "");
}

TEST_F(ApplicationTrackersTest, ChatFlowAndItsMessages) {
  Start(Event::kChatFlow | Event::kChatMessage);
  trackers_->OnMsnClient(Input(kClient, "USR 1 a@b.c 123\r\n"), flow_, MsnCommand::kUser);
  flow_.state = Layer7State::kMsnUserServer;
  flow_.connection_type = connection_type::kMsn;
  trackers_->OnMsnServer(Input(kServer, "USR 1 OK a@b.c x\r\n"), flow_, MsnCommand::kUser, false);
  trackers_->OnChatSegment(Input(kClient, "MSG 3 U 91\r\nMIME"), flow_);
  ASSERT_EQ(out_.messages.size(), 1u);
  const ChatMessage& message = out_.messages[0];
  EXPECT_EQ(message.flow_number, 7u);
  EXPECT_EQ(ChatMessageLabel(message.type), "MSG_U");
  EXPECT_EQ(message.size, 91);
  EXPECT_EQ(message.payload_length, 16);
  EXPECT_EQ(message.connection_type, connection_type::kMsn);
  Close(connection_type::kMsn, /*complete=*/false, /*reported=*/false);
  ASSERT_EQ(out_.chats.size(), 1u);  // every flow has its row
  EXPECT_EQ(out_.chats[0].type, ChatType::kChat);
  EXPECT_EQ(out_.chats[0].client.msn_u, 1);
  EXPECT_FALSE(out_.chats[0].version_known);
  EXPECT_EQ(flow_.chat, nullptr);
}

TEST_F(ApplicationTrackersTest, RunningChatsAreCounted) {
  struct Counter : Observer {
    void OnChatChange(ChatProtocol protocol, const ChatChange& change, Timestamp) override {
      EXPECT_EQ(protocol, ChatProtocol::kXmpp);
      chats += change.chats;
      presences += change.presences;
    }
    int chats = 0, presences = 0;
  } counter;
  Start(Event::kHistograms, &counter);
  flow_.state = Layer7State::kXmpp;
  trackers_->OnXmppOpening(Input(kClient, "<stream:stream"), flow_);
  trackers_->OnChatSegment(Input(kClient, "<presence/>"), flow_);
  EXPECT_EQ(counter.presences, 1);
  trackers_->OnChatSegment(Input(kClient, "<message to='x'>"), flow_);
  EXPECT_EQ(counter.chats, 1);
  EXPECT_TRUE(out_.messages.empty());
  Close(connection_type::kXmpp);
  EXPECT_EQ(counter.chats, 0);
  EXPECT_EQ(counter.presences, 0);
}

TEST_F(ApplicationTrackersTest, MsnTunnel) {
  Start(Event::kChatFlow);
  flow_.state = Layer7State::kMsnUserServer;
  trackers_->OnMsnServer(Input(kServer, "USR 1 x\r\n"), flow_, MsnCommand::kUser, true);
  Close(connection_type::kMsn);
  ASSERT_EQ(out_.chats.size(), 1u);
  EXPECT_EQ(out_.chats[0].type, ChatType::kHttpTunnel);
}

TEST_F(ApplicationTrackersTest, ChatFlowsOfUnknownTypeHaveNoRow) {
  Start(Event::kChatFlow);
  flow_.state = Layer7State::kXmpp;
  trackers_->OnXmppOpening(Input(kClient, "<stream:stream"), flow_);
  Close(connection_type::kXmpp);
  EXPECT_TRUE(out_.chats.empty());
}

}  // namespace
}  // namespace tstat::internal
