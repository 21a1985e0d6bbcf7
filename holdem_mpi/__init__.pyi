from holdem_mpi.api import Agent as Agent
from holdem_mpi.api import MCCFRSolver as MCCFRSolver
from holdem_mpi.api import exploitability as exploitability
from holdem_mpi.api import load_game as load_game
from holdem_mpi.api import load_policy as load_policy
from holdem_mpi.api import match as match
from holdem_mpi.api import nash_conv as nash_conv
from holdem_mpi.api import open_report as open_report
from holdem_mpi.api import open_solution as open_solution
from holdem_mpi.api import solve_spot as solve_spot

__version__: str
