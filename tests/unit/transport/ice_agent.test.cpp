#include "pipelines/transport/ice_agent.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/transport/browser.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::test;
using namespace thranio::transport;

namespace {

struct Agent {
  StunAnswer check(const SocketAddress& from, bool nominate = false) {
    return ice.handle(browser.check(nominate), from, now);
  }

  TimePoint now{1h};
  StunClient browser{kServerIce, kClientIce};
  IceAgent ice{kServerIce, kClientIce, now};
};

SocketAddress home(uint16_t port) {
  return ipv4("192.0.2.7", port);
}

}  // namespace

TEST_CASE("before a nomination all goes to the first pair that passed a check", "[ice][rfc8445]") {
  Agent agent;
  CHECK(agent.ice.remote().family() == 0);
  agent.check(home(1));
  agent.check(home(2));
  CHECK(agent.ice.remote() == home(1));
  agent.check(home(2), true);
  CHECK(agent.ice.remote() == home(2));
}

TEST_CASE("only tuples that passed a check are known", "[ice]") {
  Agent agent;
  CHECK_FALSE(agent.ice.knows(home(1)));
  CHECK_FALSE(agent.ice.knows(SocketAddress{}));
  agent.check(home(1));
  CHECK(agent.ice.knows(home(1)));
  agent.browser = StunClient{{kServerIce.ufrag, "guessed"}, kClientIce};
  agent.check(home(2), true);
  CHECK_FALSE(agent.ice.knows(home(2)));
  CHECK(agent.ice.remote() == home(1));
}

TEST_CASE("eight tuples are remembered; the ninth takes the oldest one's place, never the nominated one's",
          "[ice]") {
  Agent agent;
  agent.check(home(1), true);
  for (uint16_t port = 2; port <= 9; ++port)
    agent.check(home(port));
  CHECK(agent.ice.knows(home(1)));
  CHECK_FALSE(agent.ice.knows(home(2)));
  CHECK(agent.ice.knows(home(9)));
  for (uint16_t port = 10; port < 100; ++port)
    agent.check(home(port));
  CHECK(agent.ice.knows(home(1)));
  CHECK(agent.ice.knows(home(99)));
}

TEST_CASE("every good check renews consent for 30 s, and no other does", "[ice][rfc7675]") {
  Agent agent;
  CHECK(agent.ice.consent_deadline() == agent.now + 30s);
  agent.now += 10s;
  agent.check(home(1));
  const TimePoint renewed = agent.now + 30s;
  CHECK(agent.ice.consent_deadline() == renewed);
  agent.now += 10s;
  agent.browser = StunClient{{kServerIce.ufrag, "guessed"}, kClientIce};
  agent.check(home(1));
  CHECK(agent.ice.consent_deadline() == renewed);
}

TEST_CASE("a restart counts consent anew and forgets the old password with the first nomination",
          "[ice][rfc8445]") {
  Agent agent;
  agent.check(home(1), true);
  const IceCredentials server{"srv2", "second-server-password-24"},
      client{"cln2", "second-client-password-24"};
  agent.now += 20s;
  agent.ice.restart(server, client, agent.now);
  CHECK(agent.ice.consent_deadline() == agent.now + 30s);
  CHECK(agent.check(home(1), true).verified);
  CHECK(agent.ice.local_credentials().ufrag == "srv2");

  StunClient old_browser = std::exchange(agent.browser, StunClient{server, client});
  CHECK(agent.check(home(2)).verified);
  CHECK(agent.ice.remote() == home(1));
  CHECK(agent.check(home(2), true).verified);
  CHECK(agent.ice.remote() == home(2));
  CHECK_FALSE(agent.ice.knows(home(1)));
  agent.browser = std::move(old_browser);
  CHECK_FALSE(agent.check(home(1), true).verified);
  CHECK(agent.ice.remote() == home(2));
}

TEST_CASE("a second restart before the first one's nomination leaves the pair that carries media alone",
          "[ice][rfc8445]") {
  Agent agent;
  agent.check(home(1), true);
  agent.ice.restart({"srv2", "second-server-password-24"}, {"cln2", "second-client-password-24"}, agent.now);
  agent.ice.restart({"srv3", "third-server-password-24c"}, {"cln3", "third-client-password-24c"}, agent.now);
  CHECK(agent.check(home(1), true).verified);
  agent.browser = StunClient{{"srv3", "third-server-password-24c"}, {"cln3", "third-client-password-24c"}};
  CHECK(agent.check(home(3), true).verified);
  CHECK(agent.ice.remote() == home(3));
}

TEST_CASE("media leaves a nominated pair that fell silent for one that is still checked", "[ice][rfc7675]") {
  Agent agent;
  agent.check(home(1), true);
  agent.check(home(2), true);  // an eager browser nominates whatever it checks
  for (int i = 0; i < 2; ++i) {
    agent.now += 5s;
    agent.check(home(1));
    CHECK(agent.ice.remote() == home(2));
  }
  SECTION("silence") {
    agent.now += 5s;
    agent.check(home(1));
    CHECK(agent.ice.remote() == home(1));
  }
  SECTION("but a late check of its own keeps it") {
    agent.check(home(2));
    agent.now += 5s;
    agent.check(home(1));
    CHECK(agent.ice.remote() == home(2));
  }
}

TEST_CASE("without any nomination no silence makes one", "[ice][rfc8445]") {
  Agent agent;
  agent.check(home(1));
  agent.now += 20s;
  agent.check(home(2));
  CHECK(agent.ice.remote() == home(1));
}
