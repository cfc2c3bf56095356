@echo off
rem Starts the agent beside MicroSIP. Put it into the user's Startup folder to start it at sign-in.
cd /d "%~dp0.."
python client\api_client_stable.py %*
