// SPDX-License-Identifier: BSD-3-Clause
#include "l7/application_engines.h"

namespace tstat {

ApplicationEngines::ApplicationEngines(const CompatProfile& profile, bool strict_privacy,
                                       EventMask wants, EventSink* out)
    : profile_(profile), strict_privacy_(strict_privacy), wants_(wants), out_(out) {}

void ApplicationEngines::OnRequestClassified(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                             HttpMethod method, uint8_t rule_code, bool first) {}

void ApplicationEngines::OnMsnClient(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                     MsnCommand command) {}

void ApplicationEngines::OnMsnServer(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                     MsnCommand command, bool tunnel) {}

void ApplicationEngines::OnYmsgOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow) {}

void ApplicationEngines::OnXmppOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow) {}

void ApplicationEngines::OnChatSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow) {}

void ApplicationEngines::OnSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix) {
}

void ApplicationEngines::OnFlowClosing(const CloseStep& step, const TcpFlow& record,
                                       TcpLayer7Flow& flow) {}

void ApplicationEngines::OnFlowClosed(const CloseStep& step, const TcpFlow& record,
                                      TcpLayer7Flow& flow) {}

size_t ApplicationEngines::memory_bytes() const { return 0; }

}  // namespace tstat
