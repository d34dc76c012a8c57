// The words of chat, hands, polls and signals: JSON ↔ values, as schema/messages says. What comes in has been
// validated against its schema. Way: messages → [class_messages] ↔ lesson. No Boost, no SOCI. Thread: any.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "server/lesson/event.hpp"

namespace thranio::signaling {

// Kinds of client-to-server messages that are wishes, and the definitions that they follow.
const std::vector<std::pair<std::string, std::string>>& wish_kinds();
lesson::Wish wish_of(const nlohmann::json& message);

nlohmann::json class_json(const lesson::ClassSnapshot& snapshot);
nlohmann::json to_json(const lesson::ClassBatch& batch);
nlohmann::json to_json(const lesson::Tallied& tallied);
nlohmann::json to_json(const lesson::SignalsSummed& signals);
nlohmann::json to_json(const lesson::Reactions& reactions);
nlohmann::json to_json(const lesson::Accepted& accepted);
nlohmann::json to_json(const lesson::RulesTold& rules);

}  // namespace thranio::signaling
