#include "pipelines/transport/worker.hpp"

#include <cerrno>
#include <system_error>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pipelines/base/log.hpp"
#include "pipelines/transport/peer_directory.hpp"
#include "pipelines/transport/stun_message.hpp"

namespace thranio::transport {
namespace {

using namespace std::chrono_literals;

constexpr int kReceiveRounds = 8;  // what the teachers sent goes out after each; then it is the timers' turn
constexpr size_t kHandshakesPerTurn = 2;  // under a millisecond
constexpr size_t kMaxHandshakes = 2048;   // a school's worth; a client sends its flight again after a second
constexpr size_t kMaxHandshakesPerPeer = 16;  // two flights of it: nobody fills the queue alone
constexpr size_t kMaxTuplesPerPeer = 16;      // a browser with many interfaces checks many pairs
constexpr size_t kMaxElsewhere = 16 * 1024;   // forgotten all at once when full: the next check tells again
constexpr auto kLessonTick = 100ms;
constexpr auto kSweep = 1s;  // of those who never came: a look at every peer

thread_local const Worker* t_current = nullptr;  // the worker whose thread this is

void watch(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

}  // namespace

Worker::Worker(unsigned index, std::unique_ptr<UdpPort> port, PeerDirectory& directory)
    : index_(index),
      directory_(directory),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      port_(std::move(port)),
      ring_(port_->descriptor(), counters_.drops) {
  if (epoll_ < 0 || wake_ < 0) throw std::system_error(errno, std::generic_category(), "media worker");
  watch(epoll_, port_->descriptor());
  watch(epoll_, wake_);
}

Worker::~Worker() {
  stop();
  ::close(wake_);
  ::close(epoll_);
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

void Worker::post(Task task) {
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = inbox_.empty();
    inbox_.emplace_back(std::move(task));
  }
  const uint64_t one = 1;
  if (was_empty && ::write(wake_, &one, sizeof one) < 0) return;  // full: a wake-up is pending already
}

bool Worker::post_packets(LessonKey lesson, TrackId track, std::vector<rtp::MediaPacketPtr> packets) {
  const size_t count = packets.size();
  if (counters_.inbox_packets.load(std::memory_order_relaxed) + count > kMaxQueuedPackets &&
      rtp::is_video(packets.front()->codec)) {
    counters_.drops.add(DropReason::kInboxFull, count);
    return false;
  }
  counters_.inbox_packets.fetch_add(count, std::memory_order_relaxed);
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = inbox_.empty();
    inbox_.emplace_back(Packets{lesson, track, std::move(packets), std::chrono::steady_clock::now()});
  }
  // The worker's own thread drains its inbox before it sleeps: no wake-up for a lesson whose teacher lives
  // here.
  const uint64_t one = 1;
  if (was_empty && t_current != this && ::write(wake_, &one, sizeof one) < 0)
    return true;  // a wake-up is pending
  return true;
}

Peer* Worker::find(const PeerId& id) {
  const auto at = peers_.find(id);
  return at == peers_.end() ? nullptr : at->second.get();
}

WorkerLesson* Worker::find_lesson(LessonKey key) {
  const auto at = lessons_.find(key);
  return at == lessons_.end() ? nullptr : at->second.get();
}

WorkerLesson& Worker::open_lesson(LessonKey key, WorkerLesson::Wishes wishes,
                                  std::shared_ptr<LessonCounters> counters) {
  auto& lesson = lessons_[key];
  if (!lesson) lesson = std::make_unique<WorkerLesson>(*this, std::move(wishes), std::move(counters));
  return *lesson;
}

void Worker::close_lesson(LessonKey key) {
  lessons_.erase(key);
}

void Worker::run() {
  t_current = this;
  pthread_setname_np(pthread_self(), ("media-" + std::to_string(index_)).c_str());
  now_ = std::chrono::steady_clock::now();
  next_lesson_tick_ = now_ + kLessonTick;
  for (;;) {
    epoll_event events[2];
    const int ready = epoll_wait(epoll_, events, 2, timeout_ms());
    now_ = std::chrono::steady_clock::now();
    bool readable = false;
    for (int i = 0; i < ready; ++i) {
      if (events[i].data.fd == port_->descriptor()) readable = true;
      if (events[i].data.fd == wake_) {
        uint64_t count;
        [[maybe_unused]] const auto read = ::read(wake_, &count, sizeof count);
      }
    }
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    behind_since_ = now_;
    drain_inbox();
    if (readable)
      receive();
    else
      run_handshakes();
    run_timers();
    ring_.flush();
    publish_counts();
  }
  while (!peers_.empty()) {
    Peer& peer = *peers_.begin()->second;
    peer.close("the server stops", now_);
    forget(peer);
  }
  ring_.flush();
}

void Worker::drain_inbox() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      draining_.swap(inbox_);
    }
    if (draining_.empty()) return;
    for (Item& item : draining_) {
      if (auto* task = std::get_if<Task>(&item)) {
        (*task)(*this);
        continue;
      }
      const auto& batch = std::get<Packets>(item);
      counters_.inbox_packets.fetch_sub(batch.packets.size(), std::memory_order_relaxed);
      now_ = std::chrono::steady_clock::now();
      if (WorkerLesson* lesson = find_lesson(batch.lesson))
        lesson->packets(batch.track, batch.packets, now_ - std::min(batch.posted, behind_since_));
    }
    draining_.clear();
    end_turns();  // packets handed over by another worker are a turn of their own
    ring_.flush();
  }
}

void Worker::receive() {
  for (int round = 0; round < kReceiveRounds; ++round) {
    const auto datagrams = port_->receive(counters_.drops);
    behind_since_ = now_ - port_->waited();
    for (const auto& datagram : datagrams)
      handle_datagram(datagram.bytes, datagram.from);
    end_turns();
    drain_inbox();
    ring_.flush();
    run_handshakes();
    if (datagrams.size() < UdpPort::kReceiveBatch) return;
    now_ = std::chrono::steady_clock::now();
  }
}

// What the teachers sent in this round goes through their pipelines and comes back by the inbox at once.
void Worker::end_turns() {
  for (Peer* peer : touched_) {
    peer->in_turn = false;
    if (!peer->closed()) peer->end_of_turn(now_);
  }
  touched_.clear();
}

void Worker::handle_datagram(std::span<uint8_t> bytes, const SocketAddress& from) {
  counters_.packets_in.fetch_add(1, std::memory_order_relaxed);
  counters_.bytes_in.fetch_add(bytes.size(), std::memory_order_relaxed);
  DropReason why = DropReason::kNone;
  Peer* peer = nullptr;
  switch (kind_of(bytes)) {
    case DatagramKind::kStun:
      peer = peer_for_stun(bytes, from, why);
      if (!peer) break;
      why = peer->handle_stun(bytes, from, now_);
      if (why == DropReason::kNone) remember_tuple(*peer, from);
      touch(*peer);
      break;
    case DatagramKind::kDtls:
      peer = peer_for_tuple(bytes, from);
      if (!peer) return;
      why = queue_handshake(*peer, bytes, from);
      break;
    case DatagramKind::kRtp:
    case DatagramKind::kRtcp:
      peer = peer_for_tuple(bytes, from);
      if (!peer) return;
      why = peer->handle_srtp(bytes, now_);
      if (!peer->in_turn) {
        peer->in_turn = true;
        touched_.push_back(peer);
      }
      break;
    case DatagramKind::kUnknown:
      why = DropReason::kUnknownFirstByte;
  }
  if (why != DropReason::kNone) counters_.drops.add(why);
}

// A flight of a handshake costs as much as a hundred packets of media. It waits until what came with it has
// gone out, and few are answered in a turn: a class that joins in one moment delays nobody's voice.
DropReason Worker::queue_handshake(Peer& peer, std::span<const uint8_t> bytes, const SocketAddress& from) {
  if (handshakes_.size() >= kMaxHandshakes || peer.handshakes_waiting >= kMaxHandshakesPerPeer)
    return DropReason::kHandshakesFull;
  ++peer.handshakes_waiting;
  handshakes_.emplace_back(std::vector<uint8_t>(bytes.begin(), bytes.end()), from);
  return DropReason::kNone;
}

void Worker::run_handshakes() {
  for (size_t i = 0; i < kHandshakesPerTurn && !handshakes_.empty(); ++i) {
    auto [bytes, from] = std::move(handshakes_.front());
    handshakes_.pop_front();
    Peer* peer = peer_for_tuple(bytes, from);
    if (!peer) continue;  // gone, or at home elsewhere, meanwhile
    if (peer->handshakes_waiting > 0) --peer->handshakes_waiting;
    if (const auto why = peer->handle_dtls(bytes, from, now_); why != DropReason::kNone)
      counters_.drops.add(why);
    touch(*peer);
  }
}

// A check names its peer by our ufrag: at home here, waiting (it comes home now), or at home elsewhere.
Peer* Worker::peer_for_stun(std::span<uint8_t> bytes, const SocketAddress& from, DropReason& why) {
  const auto ufrag = peek_ufrag(bytes);
  if (!ufrag) {
    why = DropReason::kMalformedStun;
    return nullptr;
  }
  if (const auto at = by_ufrag_.find(std::string{*ufrag}); at != by_ufrag_.end()) return at->second;
  auto claimed = directory_.claim(*ufrag, index_);
  if (auto* peer = std::get_if<std::unique_ptr<Peer>>(&claimed)) {
    Peer* raw = peer->get();
    take_in(std::move(*peer));
    by_ufrag_[std::string{*ufrag}] = raw;
    return raw;
  }
  if (const auto* home = std::get_if<unsigned>(&claimed)) {
    if (*home == index_) {  // an ICE restart's new ufrag, met for the first time
      for (const auto& [id, peer] : peers_)
        if (peer->ufrag() == *ufrag) return by_ufrag_[std::string{*ufrag}] = peer.get();
      why = DropReason::kUnknownUfrag;
      return nullptr;
    }
    if (elsewhere_.size() >= kMaxElsewhere) elsewhere_.clear();
    elsewhere_[from] = *home;
    hand_over(*home, bytes, from);
    return nullptr;
  }
  why = DropReason::kUnknownUfrag;
  return nullptr;
}

Peer* Worker::peer_for_tuple(std::span<uint8_t> bytes, const SocketAddress& from) {
  if (const auto at = by_tuple_.find(from); at != by_tuple_.end()) return at->second;
  if (const auto at = elsewhere_.find(from); at != elsewhere_.end()) {
    hand_over(at->second, bytes, from);
    return nullptr;
  }
  counters_.drops.add(DropReason::kUnknownTuple);
  return nullptr;
}

// The kernel gave us another worker's packet: its browser moved, or checks from several addresses.
void Worker::hand_over(unsigned home, std::span<const uint8_t> bytes, const SocketAddress& from) {
  counters_.handed_over.fetch_add(1, std::memory_order_relaxed);
  directory_.worker(home).post([copy = std::vector<uint8_t>(bytes.begin(), bytes.end()),
                                from](Worker& worker) mutable { worker.handle_datagram(copy, from); });
}

void Worker::take_in(std::unique_ptr<Peer> peer) {
  peer->adopt(*this);
  counters_.peers.fetch_add(1, std::memory_order_relaxed);
  Peer& taken = *peer;
  by_ufrag_[taken.ufrag()] = &taken;
  peers_[taken.id()] = std::move(peer);
  taken.scheduled = taken.next_deadline();
  timers_.emplace(taken.scheduled, &taken);
}

void Worker::remember_tuple(Peer& peer, const SocketAddress& from) {
  const auto [at, added] = by_tuple_.try_emplace(from, &peer);
  if (!added) {
    if (at->second == &peer) return;
    std::erase(at->second->tuples(),
               from);  // the address was another peer's before: a check proves whose it is now
    at->second = &peer;
  }
  elsewhere_.erase(from);
  auto& tuples = peer.tuples();
  if (tuples.size() >= kMaxTuplesPerPeer) {
    by_tuple_.erase(tuples.front());
    tuples.erase(tuples.begin());
  }
  tuples.push_back(from);
}

void Worker::touch(Peer& peer) {
  // A closed peer is forgotten by run_timers, when nobody on the stack holds it.
  const TimePoint deadline = peer.closed() ? now_ : peer.next_deadline();
  if (deadline == peer.scheduled) return;
  timers_.erase({peer.scheduled, &peer});
  peer.scheduled = deadline;
  timers_.emplace(deadline, &peer);
}

void Worker::forget(Peer& peer) {
  timers_.erase({peer.scheduled, &peer});
  for (const auto& tuple : peer.tuples())
    by_tuple_.erase(tuple);
  std::erase_if(by_ufrag_, [&](const auto& entry) { return entry.second == &peer; });
  std::erase(touched_, &peer);
  counters_.peers.fetch_sub(1, std::memory_order_relaxed);
  const PeerId id = peer.id();
  directory_.remove(id);
  peers_.erase(id);
}

void Worker::run_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    Peer& peer = *timers_.begin()->second;
    if (!peer.closed()) peer.handle_timer(now_);
    if (peer.closed()) {
      forget(peer);
      continue;
    }
    // A deadline that handle_timer left in the past would spin: a millisecond is finer than any timer here.
    const TimePoint deadline = std::max(peer.next_deadline(), now_ + 1ms);
    timers_.erase({peer.scheduled, &peer});
    peer.scheduled = deadline;
    timers_.emplace(deadline, &peer);
  }
  if (now_ < next_lesson_tick_) return;
  next_lesson_tick_ = now_ + kLessonTick;
  for (const auto& [key, lesson] : lessons_)
    lesson->tick(now_);
  if (index_ != 0 || now_ < next_sweep_) return;
  next_sweep_ = now_ + kSweep;
  directory_.sweep(now_);
}

int Worker::timeout_ms() const {
  if (!handshakes_.empty()) return 0;
  TimePoint next = lessons_.empty() && index_ != 0 ? now_ + 1s : next_lesson_tick_;
  if (!timers_.empty()) next = std::min(next, timers_.begin()->first);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(wait.count(), 0, 1000));
}

void Worker::publish_counts() {
  const auto& counts = ring_.counts();
  counters_.packets_out.store(counts.packets, std::memory_order_relaxed);
  counters_.bytes_out.store(counts.bytes, std::memory_order_relaxed);
  counters_.messages_out.store(counts.messages, std::memory_order_relaxed);
}

}  // namespace thranio::transport
