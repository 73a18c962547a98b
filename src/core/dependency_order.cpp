// Strongly connected components by Tarjan's algorithm ("Depth-first search and linear graph algorithms",
// SIAM Journal on Computing 1, 1972), with its recursion unrolled: schemas may be deep.

#include "core/dependency_order.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

class Components {
  public:
    Components(const std::vector<TableId> &tables, const Needs &needs)
    {
        for (const TableId table : tables)
            place_.emplace(table, place_.size());
        tables_.resize(place_.size());
        needs_.resize(place_.size());
        for (const auto &[table, at] : place_) {
            tables_[at] = table;
            const auto wanted = needs.find(table);
            if (wanted == needs.end())
                continue;
            for (const TableId need : wanted->second)
                if (const auto found = place_.find(need); found != place_.end())
                    needs_[at].push_back(found->second);
            std::sort(needs_[at].begin(), needs_[at].end());
        }
        number_.assign(tables_.size(), 0);
        lowest_.assign(tables_.size(), 0);
        open_.assign(tables_.size(), false);
    }

    std::vector<std::vector<TableId>> run()
    {
        for (std::size_t at = 0; at < tables_.size(); ++at)
            if (number_[at] == 0)
                visit(at);
        return std::move(out_);
    }

  private:
    struct Visit {
        std::size_t at, next;
    };

    void visit(std::size_t from)
    {
        std::vector<Visit> path;
        enter(from, path);
        while (!path.empty()) {
            Visit &here = path.back();
            const std::size_t at = here.at;
            if (here.next < needs_[at].size()) {
                const std::size_t need = needs_[at][here.next++];
                if (number_[need] == 0)
                    enter(need, path);
                else if (open_[need])
                    lowest_[at] = std::min(lowest_[at], number_[need]);
                continue;
            }
            path.pop_back();
            if (!path.empty())
                lowest_[path.back().at] = std::min(lowest_[path.back().at], lowest_[at]);
            if (lowest_[at] == number_[at])
                leave(at);
        }
    }

    void enter(std::size_t at, std::vector<Visit> &path)
    {
        number_[at] = lowest_[at] = ++last_;
        open_[at] = true;
        stack_.push_back(at);
        path.push_back({at, 0});
    }

    void leave(std::size_t root)
    {
        std::vector<std::size_t> group;
        do {
            group.push_back(stack_.back());
            open_[group.back()] = false;
            stack_.pop_back();
        } while (group.back() != root);
        std::sort(group.begin(), group.end());
        std::vector<TableId> named;
        for (const std::size_t at : group)
            named.push_back(tables_[at]);
        out_.push_back(std::move(named));
    }

    std::map<TableId, std::size_t> place_;
    std::vector<TableId> tables_;
    std::vector<std::vector<std::size_t>> needs_;
    std::vector<std::size_t> number_, lowest_; // 0: not seen yet
    std::vector<bool> open_;
    std::vector<std::size_t> stack_;
    std::vector<std::vector<TableId>> out_;
    std::size_t last_ = 0;
};

} // namespace

std::vector<std::vector<TableId>> dependency_order(const std::vector<TableId> &tables,
                                                   const Needs &needs)
{
    return Components(tables, needs).run();
}

} // namespace tenancy::core
