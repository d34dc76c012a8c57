// GStreamer's own webrtcbin as a player: a foreign client that shares no line with our transport. Takes one
// audio and one video, decodes them, and says what it saw and heard.
// Way: WHEP (offer → accept_answer) or a publisher of the test (answer) → [WebrtcbinPlayer] → counts.
// Owned by the test. Threads: the calls: the test's; counting: GStreamer's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace thranio::test {

struct Played {
  uint64_t frames = 0;        // decoded
  uint64_t different = 0;     // of those, unlike the one before
  double mean_luma = 0;       // of the last frame: black is 16
  uint64_t sound_blocks = 0;  // decoded
  double loudest = 0;         // root mean square of the loudest block, 0 to 1
  bool connected = false;
};

class WebrtcbinPlayer {
 public:
  explicit WebrtcbinPlayer(const std::string& video_codec = "VP8");  // or "H264"
  ~WebrtcbinPlayer();

  std::string offer();  // recvonly audio and video, with candidates
  void accept_answer(const std::string& sdp);
  std::string answer(const std::string& offer);

  Played played() const;
  // Waits for an event, not for time: true as soon as it holds.
  bool wait_until(const std::function<bool(const Played&)>& holds, std::chrono::seconds limit) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thranio::test
