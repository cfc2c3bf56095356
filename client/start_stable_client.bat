@echo off
rem Starts the agent beside MicroSIP. A shortcut to this file in the Startup folder starts it at sign-in.
setlocal
cd /d "%~dp0.."
set PYTHON=python
if exist .venv\Scripts\python.exe set PYTHON=.venv\Scripts\python.exe
%PYTHON% client\api_client_stable.py %*
