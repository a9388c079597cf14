#include <iostream>

#include "harness/checks/kernel_events.h"
#include "harness/checks/matrix_text.h"

/// Every check judges every evidence without each of its parts in turn. No verdict becomes pass or
/// fail because evidence was lost, and each check has evidence without which it can't say.
namespace postassoc::checks {
namespace {

struct Loss {
  std::string name;
  std::function<void(EvidenceEditor&)> take;
};

void lose_file(EvidenceEditor& b, std::string_view file) {
  b.evidence.missing[std::string(file)] = "there is no such file";
}

std::vector<Loss> files() {
  return {
      {"air.pcap",
       [](EvidenceEditor& b) {
         b.evidence.air = {};
         lose_file(b, evidence_file::kAir);
       }},
      {"station.pcap",
       [](EvidenceEditor& b) {
         b.evidence.station_netdev.clear();
         lose_file(b, evidence_file::kStationNetdev);
       }},
      {"access_point.pcap",
       [](EvidenceEditor& b) {
         b.evidence.access_point_netdev.clear();
         lose_file(b, evidence_file::kAccessPointNetdev);
       }},
      {"timeline.jsonl",
       [](EvidenceEditor& b) {
         b.events.clear();
         b.evidence.clock_samples.clear();
         lose_file(b, evidence_file::kTimeline);
       }},
      {"the PMK",
       [](EvidenceEditor& b) {
         for (Association& association : b.evidence.air.associations) {
           for (AirEapol& frame : association.eapol) {
             frame.mic_valid.reset();
             frame.key_data_plain.reset();
           }
           for (AirProtected& frame : association.protected_data) {
             frame.handshake = kNoKey;
             frame.plaintext.reset();
             frame.zero_key = false;
           }
           for (Handshake& handshake : association.handshakes) {
             handshake.tk.reset();
           }
         }
         std::erase_if(b.evidence.air.tagged,
                       [](const auto& seen) { return seen.protected_frame; });
       }},
      {"clock samples", [](EvidenceEditor& b) { b.evidence.clock_samples.clear(); }},
      {"all clock samples but one",
       [](EvidenceEditor& b) {
         b.evidence.clock_samples.resize(std::min<std::size_t>(1, b.evidence.clock_samples.size()));
       }},
  };
}

std::vector<Loss> witnesses() {
  std::vector<Loss> losses;
  for (const Witness witness : {Witness::host, Witness::kernel, Witness::supplicant,
                                Witness::access_point, Witness::harness}) {
    losses.push_back({"witness " + std::string(to_string(witness)), [witness](EvidenceEditor& b) {
                        b.erase([=](const Event& e) { return e.witness == witness; });
                      }});
  }
  for (const Side side : {Side::station, Side::access_point}) {
    losses.push_back({"events of the " + std::string(to_string(side)), [side](EvidenceEditor& b) {
                        b.erase([=](const Event& e) { return e.side == side; });
                      }});
    losses.push_back(
        {"kernel events of the " + std::string(to_string(side)), [side](EvidenceEditor& b) {
           b.erase([=](const Event& e) { return e.witness == Witness::kernel && e.side == side; });
         }});
  }
  return losses;
}

std::vector<Loss> air_parts() {
  std::vector<Loss> losses;
  for (const KeyMessage kind : {KeyMessage::m1, KeyMessage::m2, KeyMessage::m3, KeyMessage::m4,
                                KeyMessage::g1, KeyMessage::g2}) {
    losses.push_back(
        {"air: " + std::string(to_string(kind)), [kind](EvidenceEditor& b) { b.lose(kind); }});
  }
  const auto of_each = [&](std::string name, void (*take)(Association&)) {
    losses.push_back({"air: " + std::move(name), [take](EvidenceEditor& b) {
                        for (Association& association : b.evidence.air.associations) {
                          take(association);
                        }
                      }});
  };
  of_each("acknowledgements", [](Association& a) {
    const auto forget = [](auto& frames) {
      for (auto& frame : frames) {
        frame.acknowledged = false;
      }
    };
    forget(a.eapol);
    forget(a.plain_data);
    forget(a.management);
  });
  of_each("association response", [](Association& a) {
    a.response_frame.reset();
    a.response_time.reset();
    a.status.reset();
  });
  of_each("protected data", [](Association& a) { a.protected_data.clear(); });
  of_each("management frames", [](Association& a) { a.management.clear(); });
  of_each("association request", [](Association& a) {
    a.request_frame.reset();
    a.request_time.reset();
    a.suites.reset();
    a.rsne.clear();
    a.rsnxe.clear();
  });
  of_each("elements of the beacon", [](Association& a) {
    a.beacon_rsne.clear();
    a.beacon_rsnxe.clear();
  });
  losses.push_back(
      {"air: tagged frames", [](EvidenceEditor& b) { b.evidence.air.tagged.clear(); }});
  losses.push_back({"air: acknowledgements of tagged frames", [](EvidenceEditor& b) {
                      for (auto& seen : b.evidence.air.tagged) {
                        seen.acknowledged = false;
                      }
                    }});
  losses.push_back({"air: the last frames of the file",
                    [](EvidenceEditor& b) { b.evidence.air.quality.truncated = true; }});
  losses.push_back(
      {"air: beacons", [](EvidenceEditor& b) { b.evidence.air.quality.beacons_expected *= 2; }});
  return losses;
}

/// Each kind of event that the evidence has, one at a time.
std::vector<Loss> events_of(const EvidenceBuilder& evidence) {
  std::vector<Loss> losses;
  std::set<std::string> known;
  for (const Event& e : evidence.events) {
    std::string name =
        std::string(to_string(e.witness)) + " " + std::string(to_string(e.side)) + " " + e.name;
    if (known.insert(name).second) {
      losses.push_back(
          {std::move(name), [w = e.witness, s = e.side, n = e.name](EvidenceEditor& b) {
             b.erase([&](const Event& other) {
               return other.witness == w && other.side == s && other.name == n;
             });
           }});
    }
  }
  return losses;
}

std::vector<Loss> losses_of(const EvidenceBuilder& evidence) {
  std::vector<Loss> all = files();
  for (auto more : {witnesses(), air_parts(), events_of(evidence)}) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

/// Recorded evidence, and what mutants make of it to have a situation; no faults.
std::map<std::string, EvidenceBuilder> sound_evidence() {
  std::map<std::string, EvidenceBuilder> all;
  for (const Mutant& mutant : all_mutants()) {
    std::string name(mutant.fixture);
    if (mutant.situate != nullptr) {
      name += fmt::format(" ({})", mutant.name);
    }
    all.try_emplace(std::move(name), sound(mutant));
  }
  return all;
}

/// What became of the passes in one row of the matrix.
struct Cell {
  std::size_t passed = 0;
  Verdict worst = Verdict::pass;  ///< what a pass became

  char text() const { return passed == 0 ? ' ' : letter(worst); }
};
using Row = std::map<std::string, Cell>;

void note(Cell& cell, Verdict after) {
  ++cell.passed;
  const bool heavier = cell.worst == Verdict::pass || after > cell.worst;
  cell.worst = after != Verdict::pass && heavier ? after : cell.worst;
}

/// Forged frames stay on the air, and without the record of who sent them they are the access
/// point's: a rule about its frames may fail.
constexpr std::string_view kForgedAreAnyones = "harness none injected";

TEST(LossMatrix, no_verdict_gains_by_a_loss_and_every_check_has_one_that_it_feels) {
  std::map<std::string, Row> rows;
  std::vector<std::string> order;
  std::size_t judged = 0;
  for (const auto& [name, evidence] : sound_evidence()) {
    const Verdicts before = verdicts(evidence.build());
    for (const Loss& loss : losses_of(evidence)) {
      EvidenceBuilder less = evidence;
      loss.take(less);
      if (!rows.contains(loss.name)) {
        order.push_back(loss.name);
      }
      for (const auto& [id, after] : verdicts(std::move(less).build())) {
        ++judged;
        const Verdict was = before.at(id);
        const std::string where = fmt::format("{} of {} without {}", id, name, loss.name);
        EXPECT_TRUE(after != Verdict::fail || loss.name == kForgedAreAnyones) << where;
        EXPECT_TRUE(after != Verdict::pass || was == Verdict::pass) << where;
        if (loss.name == "air.pcap" && was == Verdict::pass) {
          EXPECT_NE(after, Verdict::not_applicable) << where;
        }
        if (was == Verdict::pass) {
          note(rows[loss.name][id], after);
        }
      }
    }
  }
  std::string text = matrix_head();
  std::set<std::string> felt;
  for (const std::string& name : order) {
    for (const Check& check : all_checks()) {
      const Cell cell = rows[name][std::string(check.id)];
      text += fmt::format("  {}", cell.text());
      if (cell.passed > 0 && cell.worst >= Verdict::inconclusive) {
        felt.insert(std::string(check.id));
      }
    }
    text += "  " + name + "\n";
  }
  for (const Check& check : all_checks()) {
    // Of the IHV contract's rules see ihv_trace_test: no recording has calls of a module.
    EXPECT_TRUE(felt.contains(std::string(check.id)) || check.id == "gate.mutants-caught" ||
                check.id.starts_with("ihv."))
        << check.id << " passes on no sound evidence, or whatever is lost";
  }
  std::cout << text
            << fmt::format("{} losses, {} verdicts; {} of {} checks feel one\n", order.size(),
                           judged, felt.size(), all_checks().size())
            << "what a pass became: . stayed  ? inconclusive  - not applicable  i info  E error\n";
}

/// What a mutant changed may be just what is lost: then it is sound evidence with a loss.
std::string told_by(const EvidenceEditor& evidence) {
  std::vector<std::string> lines;
  for (const Event& e : evidence.events) {
    lines.push_back(to_json_line(e));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  for (const Association& association : evidence.evidence.air.associations) {
    text += fmt::format("{} {} {} {} ", association.eapol.size(), association.management.size(),
                        association.protected_data.size(), association.plain_data.size());
  }
  return text + fmt::format("{} {}", evidence.evidence.station_netdev.size(),
                            evidence.evidence.access_point_netdev.size());
}

bool takes_the_fault_away(const Mutant& mutant, const Loss& loss, const EvidenceEditor& less) {
  EvidenceBuilder without_fault = sound(mutant);
  loss.take(without_fault);
  return told_by(without_fault) == told_by(less);
}

TEST(LossMatrix, no_fault_passes_by_a_loss) {
  std::size_t judged = 0;
  for (const Mutant& mutant : all_mutants()) {
    const EvidenceBuilder evidence = bent(mutant);
    for (const Loss& loss : losses_of(evidence)) {
      EvidenceBuilder less = evidence;
      loss.take(less);
      ++judged;
      if (judge_one(mutant.fails, less).verdict != Verdict::pass) {
        continue;  // what gates make of it is no pass either
      }
      less.evidence.plan.checks = {std::string(mutant.fails)};
      const Verdict after = verdicts(less.build()).at(std::string(mutant.fails));
      EXPECT_TRUE(after != Verdict::pass || takes_the_fault_away(mutant, loss, less))
          << mutant.name << ", without " << loss.name;
    }
  }
  std::cout << judged << " faults with a loss\n";
}

}  // namespace
}  // namespace postassoc::checks
